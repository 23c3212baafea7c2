"""The home pages and the search."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import permissions
from accounts.guards import MerchantRequest, PortalRequest, at_merchant, merchants_for, signed_in
from accounts.permissions import Act, InstallationRole
from accounts.user_limits import limited, searched
from campaigns.catalog import refresh
from thanx_portal.home.merchant import merchant_page
from thanx_portal.home.picker import picker_page
from thanx_portal.home.search import search_page


@signed_in
@limited("searches", when=searched)
@require_GET
def home(request: PortalRequest) -> HttpResponse:
    """Show all merchants of the user; redirect to the only one."""
    query = request.GET.get("q", "")
    first_two = list(merchants_for(request.user)[:2])
    if len(first_two) == 1:
        return redirect("merchant-home", first_two[0].handle)
    if not first_two and permissions.installation_role(request.user) == InstallationRole.CERTIFIER:
        return redirect("certification:certification")
    number = request.GET.get("page", "1")
    page = picker_page(request.user, query=query, number=number, at=timezone.now())
    return render(request, "home.html", {"page": page})


@at_merchant(Act.SEE_MERCHANT)
@require_GET
def merchant_home(request: MerchantRequest) -> HttpResponse:
    """Show a merchant's home. While something runs, its first part refreshes itself."""
    is_refresh = bool(request.headers.get("HX-Request"))
    if not is_refresh:  # an open tab alone does not count as use of the merchant
        refresh.mark_used(merchant=request.merchant, at=timezone.now())
    page = merchant_page(request.merchant, user=request.user, rights=request.rights, at=timezone.now())
    context = {"page": page, "is_refresh": is_refresh}
    return render(request, "merchant_home.html#now" if is_refresh else "merchant_home.html", context)


@at_merchant(Act.SEE_MERCHANT)
@limited("searches", when=searched)
@require_GET
def search(request: MerchantRequest) -> HttpResponse:
    page = search_page(request.merchant, query=request.GET.get("q", ""), at=timezone.now())
    return render(request, "search.html", {"page": page})
