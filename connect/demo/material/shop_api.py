"""Describe shop-api: a Python web shop backend."""
# ruff: noqa: E501 - what a file, a command or Claude says stands here as it is said

from connect.demo.material.parts import (
    AgentTask,
    BackgroundPrompt,
    DelegationPrompt,
    DemoProject,
    FileEdit,
    FileRead,
    FileWrite,
    GlobSearch,
    GrepSearch,
    McpCall,
    PageFetch,
    PlanPrompt,
    Question,
    QuestionPrompt,
    ShellCommand,
    TodoEntry,
    WorkPrompt,
)

CHECKOUT = '''"""Price a basket and take the payment."""

from decimal import Decimal

from shop.discounts import find_discount
from shop.models import Basket, Order

SHIPPING = Decimal("4.90")


def total(basket: Basket, code: str | None = None) -> Decimal:
    amount = sum((line.price * line.quantity for line in basket.lines), Decimal(0))
    discount = find_discount(code)
    amount -= amount * discount.percent / 100
    return amount + SHIPPING


def place(basket: Basket, code: str | None = None) -> Order:
    return Order.from_basket(basket, total=total(basket, code))
'''

TEST_CHECKOUT = """from decimal import Decimal

from shop.checkout import total
from tests.factories import basket_of


def test_shipping_is_added_once():
    assert total(basket_of("10.00", "5.00")) == Decimal("19.90")


def test_a_code_takes_its_percentage_off():
    assert total(basket_of("100.00"), code="SPRING10") == Decimal("94.90")
"""

ORDERS = '''"""List a customer's orders."""

from shop.db import session
from shop.models import Order, OrderLine


def orders_of(customer_id: int) -> list[dict]:
    orders = session.query(Order).filter_by(customer_id=customer_id).all()
    return [
        {"id": order.id, "lines": [line.sku for line in order.lines]}
        for order in orders
    ]
'''

SETTINGS = """import os

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://localhost/shop")
SESSION_DAYS = 30
RATE_LIMIT_PER_MINUTE = 60
"""

PYTEST_RED = """F.                                                                       [100%]
=================================== FAILURES ===================================
_________________________ test_shipping_is_added_once __________________________
tests/test_checkout.py:8: in test_shipping_is_added_once
    assert total(basket_of("10.00", "5.00")) == Decimal("19.90")
shop/checkout.py:14: in total
    amount -= amount * discount.percent / 100
E   AttributeError: 'NoneType' object has no attribute 'percent'
=========================== short test summary info ============================
FAILED tests/test_checkout.py::test_shipping_is_added_once - AttributeError: 'NoneType'...
1 failed, 1 passed in 0.41s"""

PROJECT = DemoProject(
    name="shop-api",
    files={
        "shop/checkout.py": CHECKOUT,
        "shop/orders.py": ORDERS,
        "shop/settings.py": SETTINGS,
        "tests/test_checkout.py": TEST_CHECKOUT,
    },
    jobs=(
        WorkPrompt(
            prompt="The checkout crashes when somebody orders without a discount code. Find out why and fix it.",
            opening="I'll start with where the discount is looked up.",
            batches=(
                (
                    GrepSearch(
                        "find_discount",
                        "shop/checkout.py:5:from shop.discounts import find_discount\n"
                        "shop/checkout.py:13:    discount = find_discount(code)\nshop/discounts.py:9:def find_discount(code):",
                    ),
                    FileRead("shop/checkout.py"),
                ),
                (
                    ShellCommand(
                        "uv run pytest -q tests/test_checkout.py",
                        "Run the checkout tests",
                        PYTEST_RED,
                        1900,
                        1,
                    ),
                ),
                (
                    FileEdit(
                        "shop/checkout.py",
                        "    amount -= amount * discount.percent / 100\n",
                        "    if discount is not None:\n        amount -= amount * discount.percent / 100\n",
                    ),
                ),
                (
                    ShellCommand(
                        "uv run pytest -q tests/test_checkout.py",
                        "Run the checkout tests again",
                        "..                                       [100%]\n2 passed in 0.38s",
                        1700,
                    ),
                ),
                (
                    ShellCommand(
                        "git commit -am 'Price baskets without a discount code'",
                        "Commit the fix",
                        "[main 4be1f0c] Price baskets without a discount code\n 1 file changed, 2 insertions(+), 1 deletion(-)",
                        90,
                    ),
                ),
            ),
            answer="`find_discount` returns `None` when there is no code, and `total` read `.percent` of it. It now takes the "
            "discount off only when there is one. Both checkout tests pass, and the fix is committed.",
        ),
        WorkPrompt(
            prompt="GET /customers/{id}/orders takes 4 seconds for our biggest customer. Make it fast.",
            opening="This looks like one query per order. Let me check.",
            batches=(
                (
                    FileRead("shop/orders.py"),
                    GrepSearch(
                        "lazy=",
                        'shop/models.py:41:    lines = relationship("OrderLine", lazy="select")',
                    ),
                ),
                (
                    ShellCommand(
                        "uv run python -m tools.count_queries orders_of 8812",
                        "Count the queries of the slow call",
                        "orders_of(8812): 1 + 1342 queries, 3.91 s",
                        4200,
                    ),
                ),
                (
                    FileEdit(
                        "shop/orders.py",
                        "    orders = session.query(Order).filter_by(customer_id=customer_id).all()\n",
                        "    lines = selectinload(Order.lines).load_only(OrderLine.sku)\n"
                        "    orders = session.query(Order).options(lines).filter_by(customer_id=customer_id).all()\n",
                    ),
                ),
                (
                    ShellCommand(
                        "uv run python -m tools.count_queries orders_of 8812",
                        "Count the queries again",
                        'Traceback (most recent call last):\n  File "tools/count_queries.py", line 22, in <module>\n'
                        "NameError: name 'selectinload' is not defined",
                        640,
                        1,
                    ),
                ),
                (
                    FileEdit(
                        "shop/orders.py",
                        "from shop.db import session\n",
                        "from sqlalchemy.orm import selectinload\n\nfrom shop.db import session\n",
                    ),
                ),
                (
                    ShellCommand(
                        "uv run python -m tools.count_queries orders_of 8812",
                        "Count the queries a third time",
                        "orders_of(8812): 2 queries, 0.06 s",
                        520,
                    ),
                ),
            ),
            answer="It made one query per order: 1,343 of them. With `selectinload` there are 2, and the call takes 0.06 s instead of 3.9 s.",
        ),
        WorkPrompt(
            prompt="What does our rate limit do when Redis is down? Check the docs of the library too.",
            batches=(
                (
                    GrepSearch(
                        "RATE_LIMIT",
                        "shop/settings.py:5:RATE_LIMIT_PER_MINUTE = 60\n"
                        "shop/limits.py:12:limiter = Limiter(RATE_LIMIT_PER_MINUTE)",
                    ),
                    GlobSearch("**/limits*.py", ("shop/limits.py", "tests/test_limits.py")),
                ),
                (
                    PageFetch(
                        "https://limits.example.com/en/stable/strategies.html",
                        "What happens when the storage is unreachable?",
                        "When the storage cannot be reached the limiter raises StorageError, unless `swallow_errors=True`: "
                        "then the hit is allowed and the error logged.",
                    ),
                ),
                (FileRead("shop/settings.py"),),
            ),
            answer="Today it fails closed: the library raises `StorageError` and we answer 500. With `swallow_errors=True` it would let "
            "requests through and log. I have not changed anything.",
        ),
        WorkPrompt(
            prompt="Which customers had a failed payment today? Look in the staging database.",
            batches=(
                (
                    McpCall(
                        "postgres",
                        "query",
                        {
                            "sql": "select customer_id, count(*) from payments where status = 'failed' "
                            "and created_at > current_date group by 1 order by 2 desc limit 5"
                        },
                        '[{"customer_id":8812,"count":7},{"customer_id":120,"count":2},{"customer_id":4471,"count":1}]',
                    ),
                ),
                (
                    McpCall(
                        "postgres",
                        "query",
                        {"sql": "select reason from payment_errors where customer_id = 8812"},
                        'relation "payment_errors" does not exist',
                        fails=True,
                    ),
                ),
                (
                    McpCall(
                        "postgres",
                        "query",
                        {"sql": "select distinct error from payments where customer_id = 8812"},
                        '[{"error":"card_expired"}]',
                    ),
                ),
            ),
            answer="Three customers: 8812 (7 times, all `card_expired`), 120 (twice) and 4471 (once).",
        ),
    ),
    delegation=DelegationPrompt(
        prompt="Before the release: have one agent look for unhandled errors in shop/ and another read the tests for gaps.",
        tasks=(
            AgentTask(
                "Explore",
                "Look for unhandled errors",
                "Search shop/ for calls that can raise and are not handled at the edge. Report file, line and what would happen.",
                (
                    GrepSearch(
                        "raise |except",
                        "shop/limits.py:20:    except StorageError:\nshop/payments.py:33:        raise PaymentFailed(answer.text)",
                    ),
                    FileRead("shop/checkout.py"),
                    FileRead("shop/orders.py"),
                ),
                "Two places: `payments.py:33` raises PaymentFailed that no route catches, and `orders.py` lets database errors out.",
            ),
            AgentTask(
                "general-purpose",
                "Read the tests for gaps",
                "Read tests/ and say which behaviour of checkout and orders no test would notice breaking.",
                (
                    GlobSearch(
                        "tests/**/*.py",
                        ("tests/factories.py", "tests/test_checkout.py", "tests/test_limits.py"),
                    ),
                    FileRead("tests/test_checkout.py"),
                    ShellCommand(
                        "uv run pytest -q --cov=shop",
                        "Measure the coverage",
                        "shop/checkout.py   100%\nshop/orders.py      31%\n3 passed in 1.02s",
                        2600,
                    ),
                ),
                "orders.py is at 31 %: nothing tests the order list, nor an unknown customer.",
            ),
        ),
        launched="Two agents are looking: one for unhandled errors, one for gaps in the tests.",
        answers=(
            "The search is back: two unhandled errors. I'll wait for the test report.",
            "Both are done. Before the release: catch `PaymentFailed` in the route, and test the order list.",
        ),
    ),
    question=QuestionPrompt(
        prompt="Add a health endpoint.",
        questions=(
            Question(
                question="Should the health endpoint also check the database?",
                header="Health check",
                options=(
                    (
                        "Yes, with a timeout",
                        "Answers 503 when the database does not answer in 500 ms",
                    ),
                    ("No, liveness only", "Answers 200 as long as the process runs"),
                ),
            ),
            Question(
                question="Who may call it?",
                header="Access",
                options=(
                    ("Everybody", "It shows nothing but a status"),
                    ("The load balancer", "Only from 10.0.0.0/8"),
                ),
            ),
        ),
        answer="I added `GET /health`; it asks the database with a timeout of 500 ms and answers 503 when that fails.",
    ),
    plan=PlanPrompt(
        prompt="Move our settings out of the code and into the environment, with checks at start.",
        todos=(
            (
                TodoEntry(
                    "List every setting",
                    "Find all constants the code reads as settings",
                    "Listing every setting",
                ),
                GrepSearch(
                    "^[A-Z_]+ = ",
                    'shop/settings.py:3:DATABASE_URL = os.environ.get("DATABASE_URL")\n'
                    "shop/settings.py:4:SESSION_DAYS = 30\nshop/settings.py:5:RATE_LIMIT_PER_MINUTE = 60",
                ),
            ),
            (
                TodoEntry(
                    "Read them from the environment",
                    "One place that reads and checks them",
                    "Reading them from the environment",
                ),
                FileWrite(
                    "shop/environment.py",
                    "import os\n\n\ndef number(name: str, default: int) -> int:\n"
                    "    return int(os.environ.get(name, default))\n",
                ),
            ),
            (
                TodoEntry(
                    "Test a bad value",
                    "A wrong value stops the start with one clear line",
                    "Testing a bad value",
                ),
                ShellCommand(
                    "SESSION_DAYS=soon uv run python -m shop",
                    "Start with a bad value",
                    "SESSION_DAYS must be a number, not 'soon'",
                    420,
                    2,
                ),
            ),
        ),
        answer="All settings come from the environment now, and a bad one stops the start with one line.",
    ),
    background=BackgroundPrompt(
        prompt="Run the whole load test in the background and tell me the numbers.",
        run=ShellCommand(
            "uv run locust --headless -u 200 -t 2m --only-summary",
            "Load test with 200 users",
            "",
            9000,
        ),
        launched="The load test is running; I'll report when it is through.",
        finished="200 users, two minutes: p50 38 ms, p99 410 ms, no errors.",
    ),
)
