"""The cache servers of the rig, a module each."""

from .apache import Apache
from .cache import Cache
from .haproxy import Haproxy, HaproxyBalancer
from .nginx import Nginx
from .squid import Squid
from .traffic_server import TrafficServer
from .varnish import Varnish

__all__ = [
    "Apache",
    "Cache",
    "Haproxy",
    "HaproxyBalancer",
    "Nginx",
    "Squid",
    "TrafficServer",
    "Varnish",
]
