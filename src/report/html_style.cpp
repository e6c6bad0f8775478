#include "report/html_style.h"

#include <fmt/format.h>

#include "report/markup.h"

namespace cachewitness::report {

namespace {

// The policy below names this text by its hash: no other style, and no script at all, runs on the page.
constexpr std::string_view style =
    ":root{color-scheme:light dark;--bad:#b3261e;--doubtful:#8a5a00;--good:#1b6e3a;--line:#8885;--soft:#8881}"
    "@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--doubtful:#ffcc66;--good:#7ddc9a}}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:76rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;line-height:1.3;margin:.5rem 0}h2{font-size:1.1rem;margin:0}"
    ".bad{color:var(--bad)}.doubtful{color:var(--doubtful)}.good{color:var(--good)}.none{opacity:.45}"
    "p{margin:.3rem 0}.facts{opacity:.75}"
    "section{border:1px solid var(--line);border-left-width:.4rem;border-radius:.4rem;padding:.8rem 1rem;margin:1rem 0}"
    "section.bad,section.doubtful{border-left-color:currentColor}section>*{color:CanvasText}"
    "section.bad>h2{color:var(--bad)}section.doubtful>h2{color:var(--doubtful)}"
    "dl{display:grid;grid-template-columns:7.5rem 1fr;gap:.3rem 1rem;margin:.6rem 0 0}"
    "dt{font-weight:600}dd{margin:0}code{font:.9em/1.5 ui-monospace,monospace}"
    ".todo{background:var(--soft);padding:.2rem .5rem;border-radius:.3rem}"
    "summary{font-size:1.1rem;font-weight:600;cursor:pointer;padding:.5rem 0}"
    "div{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;overflow-wrap:normal}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .7rem;border-bottom:1px solid var(--line)}"
    "th,.name{white-space:nowrap}.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".seen{min-width:18rem;overflow-wrap:anywhere}.behaves{min-width:12rem}"
    "@media(max-width:40rem){dl{display:block}dd{margin:0 0 .5rem}}";
constexpr std::string_view style_hash = "sha256-sIZQKah6D0HffzQ5Xx6O+bWriMZmmnEN/0wrsuewU4U=";

}  // namespace

std::string html_head(std::string_view title, std::string_view tone) {
  const std::string heading = markup(title);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; base-uri 'none'; "
      "form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style></head><body>\n<h1 class=\"{}\">{}</h1>\n",
      style_hash, heading, style, tone, heading);
}

}  // namespace cachewitness::report
