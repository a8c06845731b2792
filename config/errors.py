"""What Django answers when no view did: problem details to programs, pages to people."""

from django.views import defaults

from core.problems import PREFIXES, problem


def bad_request(request, exception):
    return problem(request, 400) if request.path.startswith(PREFIXES) else defaults.bad_request(request, exception)


def permission_denied(request, exception):
    if request.path.startswith(PREFIXES):
        return problem(request, 403)
    return defaults.permission_denied(request, exception)


def page_not_found(request, exception):
    return problem(request, 404) if request.path.startswith(PREFIXES) else defaults.page_not_found(request, exception)


def server_error(request):
    return problem(request, 500) if request.path.startswith(PREFIXES) else defaults.server_error(request)
