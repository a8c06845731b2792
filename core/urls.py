"""Health."""

urlpatterns: list = []
