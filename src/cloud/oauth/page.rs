//! What the browser shows when it comes back: one small page that loads nothing.

/// A page for the person in the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// The login works.
    Done,
    /// It doesn't, for this reason.
    Failed(String),
}

impl Page {
    /// Status and HTML.
    pub(super) fn render(&self) -> (u16, String) {
        let (status, title, text) = match self {
            Self::Done => (200, "Logged in", "You can close this tab and go back to the terminal."),
            Self::Failed(reason) => (400, "Not logged in", reason.as_str()),
        };
        let text = escaped(text);
        let page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>gcwatch: {title}</title>\n<style>body{{font:1.1em/1.5 sans-serif;max-width:36em;margin:4em auto;padding:0 1em;color-scheme:light dark}}</style></head>\n<body><h1>{title}</h1><p>{text}</p><p>gcwatch</p></body></html>\n"
        );
        (status, page)
    }
}

/// The text with everything that has a meaning in HTML taken out of it: a reason may come from
/// the address, and an address from anybody.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            one => out.push(one),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn a_reason_can_put_nothing_into_the_page() {
        let reason = "<script>alert(\"x\")</script> & 'more'".to_owned();
        let (status, page) = Page::Failed(reason).render();
        assert_eq!(status, 400);
        assert!(
            page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;more&#39;")
        );
        assert!(!page.contains("<script"));
        assert_eq!(Page::Done.render().0, 200);
    }
}
