"""The application: which class implements which actor."""

from ._generated.registry import Registry
from .actors.account import Account
from .actors.checkout import Checkout
from .actors.likes import Likes
from .actors.order import Order
from .actors.page_views import PageViews
from .actors.rate_limiter import RateLimiter
from .actors.report import Report
from .actors.session import Session
from .actors.stock import Stock
from .actors.wallet import Wallet
from .actors.worker import Worker

registry = Registry(
    page_views=PageViews,
    likes=Likes,
    report=Report,
    worker=Worker,
    session=Session,
    account=Account,
    order=Order,
    checkout=Checkout,
    stock=Stock,
    wallet=Wallet,
    rate_limiter=RateLimiter,
)
