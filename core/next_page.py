"""Pages of lists that nobody counts: what a reader sees of them costs more to count than to show."""

from django.core.paginator import Page, Paginator

from core.paging import FURTHEST_PAGE


class NextPage(Page):
    """With one row more than is shown, if there is one."""

    def __init__(self, found: list, number: int, paginator: Paginator):
        super().__init__(found[: paginator.per_page], number, paginator)
        self.is_last = len(found) <= paginator.per_page

    def has_next(self) -> bool:
        return not self.is_last


class NextPaginator(Paginator):
    """Knows of the next page alone."""

    # Nobody has looked how many there are.
    num_pages: int = 0

    def validate_number(self, number):
        number = int(number) if str(number).isdecimal() else 1
        return number if 1 <= number <= FURTHEST_PAGE else 1

    def get_page(self, number):
        """Behind the end: the first one."""
        number = self.validate_number(number)
        page = self.page(number)
        return page if page.object_list or number == 1 else self.page(1)

    def page(self, number):
        first = (number - 1) * self.per_page
        return NextPage(list(self.object_list[first : first + self.per_page + 1]), number, self)
