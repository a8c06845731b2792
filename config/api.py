"""The REST interface, put together from the apps."""

urlpatterns: list = []
