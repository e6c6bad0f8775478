"""The HTML report under its own content security policy: its one style is the one that the policy names by
hash, and nothing in it runs or loads."""

import base64
import hashlib
import re
import sys
from html.parser import HTMLParser


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.faults = []
        self.policy = ""
        self.styles = []
        self._in_style = False

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag in ("script", "iframe", "object", "embed", "link", "img", "base", "form"):
            self.faults.append("<%s>" % tag)
        for name in values:
            if name.startswith("on") or name in ("style", "src", "href"):
                self.faults.append("%s=" % name)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        self._in_style = tag == "style"

    def handle_endtag(self, tag):
        self._in_style = False

    def handle_data(self, data):
        if self._in_style:
            self.styles.append(data)


def main(path):
    page = Page()
    with open(path, encoding="utf-8") as file:
        page.feed(file.read())
    allowed = re.findall(r"'(sha256-[^']+)'", page.policy)
    hashes = ["sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in page.styles]
    if hashes != allowed:
        page.faults.append("the policy names %s and the style is %s" % (allowed, hashes))
    if not page.policy.startswith("default-src 'none'"):
        page.faults.append("the policy is %r" % page.policy)
    for fault in page.faults:
        print(fault)
    return 1 if page.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
