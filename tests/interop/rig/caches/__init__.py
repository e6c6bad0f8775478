"""The cache servers of the rig, a module each."""

from .apache import Apache
from .cache import Cache
from .haproxy import Haproxy, HaproxyBalancer, HaproxyTakeover
from .nginx import Nginx
from .squid import Squid
from .traffic_server import TrafficServer
from .varnish import Varnish

__all__ = [
    "Apache",
    "Cache",
    "Haproxy",
    "HaproxyBalancer",
    "HaproxyTakeover",
    "Nginx",
    "Squid",
    "TrafficServer",
    "Varnish",
]
