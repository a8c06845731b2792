"""Sắp xếp tổ chức."""

from django.urls import path

from desk.reorganise import deciding, views

app_name = "reorganise"
urlpatterns = [
    path("", views.reorganisations, name="list"),
    path("new/", views.new, name="new"),
    path("prepare/", views.prepare_reforms, name="prepare"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/steps/<slug:kind>/", views.step_new, name="step_new"),
    path("<int:pk>/steps/<int:step>/remove/", views.step_remove, name="step_remove"),
    path("<int:pk>/decide/", deciding.decide, name="decide"),
    path("<int:pk>/preview/", views.order_preview, name="preview"),
    path("<int:pk>/approve/", views.approve, name="approve"),
    path("<int:pk>/execute/", views.order_execute, name="execute"),
    path("<int:pk>/undo/", views.order_undo, name="undo"),
    path("<int:pk>/reopen/", views.reopen, name="reopen"),
    path("<int:pk>/discard/", views.discard, name="discard"),
]
