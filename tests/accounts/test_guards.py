import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from accounts.guards import at_merchant, for_installation, merchants_for, public, signed_in
from accounts.models import Role
from accounts.permissions import Act, role_of
from tests.support.factories import MembershipFactory, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db


@at_merchant(Act.APPROVE)
def approve(request, number):
    return HttpResponse(f"{request.merchant.handle} {request.role.label} {number}")


@for_installation(Act.STOP_SENDING)
def operate(request):
    return HttpResponse("operated")


@signed_in
def look(request):
    return HttpResponse("seen")


@pytest.fixture
def ask(rf):
    """Call a guarded view as this user."""

    def call(view, *, user, **kwargs):
        request = rf.get("/somewhere/")
        request.user = user
        return view(request, **kwargs)

    return call


@pytest.fixture
def merchant():
    return MerchantFactory(handle="tacos")


@pytest.mark.parametrize(("role", "label"), [(Role.APPROVER, "Approver"), (Role.MANAGER, "Manager")])
def test_a_member_of_sufficient_role_acts_for_the_merchant(ask, merchant, role, label):
    user = MembershipFactory(merchant=merchant, role=role).user

    answer = ask(approve, user=user, handle="tacos", number=7)

    assert answer.content.decode() == f"tacos {label} 7"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER])
def test_a_member_of_a_lower_role_is_refused(ask, merchant, role):
    user = MembershipFactory(merchant=merchant, role=role).user

    with pytest.raises(PermissionDenied):
        ask(approve, user=user, handle="tacos", number=7)


def test_for_a_member_of_another_merchant_this_one_does_not_exist(ask, merchant):
    stranger = MembershipFactory(role=Role.MANAGER).user

    with pytest.raises(Http404):
        ask(approve, user=stranger, handle="tacos", number=7)


@pytest.mark.parametrize(("elsewhere", "here"), [(Role.MANAGER, Role.VIEWER), (Role.VIEWER, Role.MANAGER)])
def test_a_role_holds_at_its_own_merchant_only(merchant, elsewhere, here):
    user = MembershipFactory(role=elsewhere).user
    MembershipFactory(user=user, merchant=merchant, role=here)

    assert role_of(user, merchant=merchant) == here


def test_a_merchant_that_does_not_exist_looks_the_same_as_another_ones(ask, merchant):
    user = MembershipFactory(merchant=merchant, role=Role.MANAGER).user

    with pytest.raises(Http404):
        ask(approve, user=user, handle="nowhere", number=7)


def test_staff_are_managers_everywhere(ask, merchant):
    answer = ask(approve, user=UserFactory(is_staff=True), handle="tacos", number=7)

    assert answer.content.decode() == "tacos Manager 7"


@pytest.mark.parametrize(("view", "kwargs"), [(approve, {"handle": "tacos", "number": 7}), (operate, {}), (look, {})])
def test_visitors_are_sent_to_the_page_for_signing_in(ask, merchant, view, kwargs):
    answer = ask(view, user=AnonymousUser(), **kwargs)

    assert answer.status_code == 302
    assert answer.url == "/accounts/login/?next=/somewhere/"


def test_an_operators_page_does_not_exist_for_others(ask):
    with pytest.raises(Http404):
        ask(operate, user=UserFactory())

    assert ask(operate, user=UserFactory(is_staff=True)).content == b"operated"


def test_an_operators_role_does_not_allow_every_act_of_the_installation(ask):
    act_as_guest = for_installation(Act.OPEN_GUEST_TOKENS)(lambda request: HttpResponse("opened"))

    with pytest.raises(PermissionDenied):
        ask(act_as_guest, user=UserFactory(is_staff=True))

    assert ask(act_as_guest, user=UserFactory(is_staff=True, is_superuser=True)).content == b"opened"


def test_a_view_may_take_another_act_to_be_posted_to(ask, merchant, rf):
    view = at_merchant(Act.SEE_MERCHANT, to_post=Act.ISSUE)(lambda request: HttpResponse("seen"))
    request = rf.post("/somewhere/")
    request.session = {}
    request.user = viewer = MembershipFactory(merchant=merchant, role=Role.VIEWER).user

    assert ask(view, user=viewer, handle="tacos").content == b"seen"
    with pytest.raises(PermissionDenied):
        view(request, handle="tacos")


def test_every_user_who_has_signed_in_passes_the_lowest_guard(ask):
    assert ask(look, user=UserFactory()).content == b"seen"


def test_every_guard_leaves_its_mark():
    marks = [view.guard for view in (approve, operate, look, public(lambda request: HttpResponse()))]

    assert marks == ["at merchant", "for installation", "signed in", "public"]
    assert (approve.act, operate.act) == (Act.APPROVE, Act.STOP_SENDING)


def test_members_see_the_merchants_of_their_memberships_and_staff_see_all(merchant):
    member = MembershipFactory(merchant=merchant).user
    MerchantFactory()

    assert list(merchants_for(member)) == [merchant]
    assert merchants_for(UserFactory(is_staff=True)).count() == 2
    assert not merchants_for(UserFactory()).exists()
