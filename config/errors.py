"""What Django answers when no view did: problem details under ``/api/``, pages elsewhere."""

from django.views import defaults

from core.problems import PREFIX, problem


def bad_request(request, exception):
    return problem(request, 400) if request.path.startswith(PREFIX) else defaults.bad_request(request, exception)


def permission_denied(request, exception):
    if request.path.startswith(PREFIX):
        return problem(request, 403)
    return defaults.permission_denied(request, exception)


def page_not_found(request, exception):
    return problem(request, 404) if request.path.startswith(PREFIX) else defaults.page_not_found(request, exception)


def server_error(request):
    return problem(request, 500) if request.path.startswith(PREFIX) else defaults.server_error(request)
