//! Rich text that members wrote, made safe to be shown. It is stored and
//! answered by the API as it was written; here is where it becomes a page.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;

use crate::text::visible;

/// What may stand in it: text and its structure. Nothing that is loaded from
/// elsewhere, nothing that looks like a part of the page around it.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .tags(HashSet::from([
            "a",
            "b",
            "blockquote",
            "br",
            "code",
            "em",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "i",
            "li",
            "ol",
            "p",
            "pre",
            "s",
            "strong",
            "sub",
            "sup",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "u",
            "ul",
            "div",
            "span",
        ]))
        .tag_attributes(std::collections::HashMap::from([("a", HashSet::from(["href"]))]))
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    builder
});

/// Rich text as HTML that is safe inside of a page; plain text keeps its lines.
pub fn html(text: &str) -> String {
    let text: String = text.chars().filter(|c| *c != '\0').collect();
    if text.contains('<') {
        return scrolling(&CLEANER.clean(&text).to_string());
    }
    let mut html = String::with_capacity(text.len() + 16);
    for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        html.push_str("<p>");
        for (at, line) in paragraph.lines().enumerate() {
            if at > 0 {
                html.push_str("<br>");
            }
            // `&amp;` of rich text without tags stays what it is.
            html.push_str(&CLEANER.clean(&visible(line)).to_string());
        }
        html.push_str("</p>");
    }
    html
}

/// Puts each table into a box of its own, which scrolls where the table is too
/// wide, and which keys reach. Clean text has no other `<`.
fn scrolling(clean: &str) -> String {
    clean
        .replace("<table>", "<div class=\"wide\" tabindex=\"0\"><table>")
        .replace("</table>", "</table></div>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_runs_and_nothing_is_loaded() {
        for (dirty, clean) in [
            ("<script>alert(1)</script><p>x</p>", "<p>x</p>"),
            ("<p onclick=\"x()\" style=\"position:fixed\" class=\"card\" id=\"main\">x</p>", "<p>x</p>"),
            ("<img src=x onerror=x>y", "y"),
            ("<a href=\"javascript:x()\">y</a>", "<a rel=\"noopener noreferrer nofollow\">y</a>"),
            ("<form action=/guest><input name=a><button>z</button></form>", "z"),
            ("<iframe src=//x></iframe><svg onload=x></svg>ok", "ok"),
            ("<a href=\"/guest/x/leave\">y</a>", "<a rel=\"noopener noreferrer nofollow\">y</a>"),
        ] {
            assert_eq!(html(dirty), clean, "{dirty}");
        }
        let link = html("<a href=\"https://x.example/?a=1&amp;b=2\">y</a>");
        assert!(link.contains("href=\"https://x.example/?a=1&amp;b=2\"") && link.contains("noreferrer"));
    }

    #[test]
    fn tables_scroll_in_a_box_of_their_own() {
        let table = "<table><tbody><tr><td>&lt;table&gt;</td></tr></tbody></table>";
        assert_eq!(
            html(&format!("<p>x</p>{}", table.replace("<table>", "<table class=a style=b>"))),
            format!("<p>x</p><div class=\"wide\" tabindex=\"0\">{table}</div>")
        );
        // What opens none closes none, and what is never closed is.
        assert_eq!(html("a</table><b>b</b>"), "a<b>b</b>");
        let open = html("<table><tr><td>x");
        assert!(open.ends_with("</table></div>") && open.matches("<div").count() == 1, "{open}");
    }

    #[test]
    fn plain_text_keeps_its_lines() {
        assert_eq!(html("one\ntwo & 3\n\nfour\u{202E}"), "<p>one<br>two &amp; 3</p><p>four</p>");
        assert_eq!(html(""), "");
    }
}
