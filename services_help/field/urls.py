"""The pages of the phone."""

app_name = "field"
urlpatterns: list = []
