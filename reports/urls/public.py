"""The front door."""

app_name = "public"
urlpatterns: list = []
