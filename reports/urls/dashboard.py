"""The board of the day."""

app_name = "dashboard"
urlpatterns: list = []
