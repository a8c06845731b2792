"""The portal's addresses, and some that answer as no page of ours should."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.shortcuts import render
from django.urls import path

from config.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@login_not_required
def crash(request):
    raise RuntimeError("a page that breaks, on purpose")


@login_not_required
def misunderstand(request):
    raise BadRequest


@login_not_required
def too_often(request):
    return render(request, "429.html", status=429)


urlpatterns = [path("test/500/", crash), path("test/400/", misunderstand), path("test/429/", too_often), *urlpatterns]
