//! A small browser for the pages of guests: it keeps cookies by their path, as
//! browsers do, follows redirects, and finds forms, links and texts in a page.
//! Each answer below `/guest` and `/kickoff` is checked for the headers that all
//! must have.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, multipart};

/// What every answer below `/guest` and `/kickoff` carries.
const HEADERS: [(&str, &str); 4] = [
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", ""),
];

/// A cookie as it was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Path, flags and life, in lower case.
    pub attributes: Vec<String>,
}

impl SetCookie {
    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let attributes = parts.map(str::to_lowercase).collect();
        Some(Self { name: name.to_owned(), value: value.to_owned(), attributes })
    }

    fn path(&self) -> &str {
        self.attributes.iter().find_map(|attribute| attribute.strip_prefix("path=")).unwrap_or("/")
    }

    fn is_over(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute == "max-age=0")
    }
}

/// Cookies by path and name. Paths are kept in lower case, names of guests are
/// not alike but for case.
type Jar = BTreeMap<(String, String), String>;

/// A browser. Clones share their cookies, as tabs do.
#[derive(Debug, Clone)]
pub struct Browser {
    http: reqwest::Client,
    base: String,
    jar: Arc<Mutex<Jar>>,
    headers: Vec<(String, String)>,
}

/// A page that was shown.
#[derive(Debug, Clone)]
pub struct Page {
    /// The path that it was shown at, with its query.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The cookies that were set on the way to it.
    pub cookies: Vec<SetCookie>,
    /// The bytes as they came, compressed or not.
    pub bytes: Vec<u8>,
    /// The body as text.
    pub body: String,
}

/// A form in a page, with what is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// `post` or `get`.
    pub method: String,
    /// Names and values that would be sent: hidden fields, texts, what is ticked.
    pub fields: Vec<(String, String)>,
    /// Names of everything that can be filled in.
    pub names: Vec<String>,
    /// The buttons: name, value, text.
    pub buttons: Vec<(String, String, String)>,
}

impl Browser {
    /// A browser that knows nothing yet, at a server.
    pub fn new(base: &str) -> Self {
        // The client wants to know who does TLS, though no test needs it; a server in
        // this process has said so before.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let headers = [("user-agent", agent), ("accept-encoding", "gzip")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { http, base: base.to_owned(), jar: Arc::default(), headers }
    }

    /// The same browser, sending another header; of several with one name the
    /// last counts.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.headers.retain(|(known, _)| known != name);
        changed.headers.push((name.to_owned(), value.to_owned()));
        changed
    }

    /// Another browser with the cookies that this one has now.
    #[must_use]
    pub fn stolen(&self) -> Self {
        let jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { jar: Arc::new(Mutex::new(jar)), ..self.clone() }
    }

    /// The value of a cookie, whatever its path.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        jar.iter().find(|((_, known), _)| known == name).map(|(_, value)| value.clone())
    }

    /// Puts a cookie in by hand.
    pub fn set_cookie(&self, path: &str, name: &str, value: &str) {
        let mut jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        jar.insert((path.to_lowercase(), name.to_owned()), value.to_owned());
    }

    /// Forgets every cookie.
    pub fn forget(&self) {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Opens a page, and follows where it leads. `address` is a path or a whole
    /// address at this server.
    pub async fn open(&self, address: &str) -> Page {
        self.follow(Method::GET, address, None).await
    }

    /// Sends a request without following redirects.
    pub async fn request(&self, method: &str, address: &str) -> Page {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.exchange(method, address, None).await
    }

    /// Posts fields, and follows where that leads.
    pub async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Page {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.follow(Method::POST, address, Some(fields)).await
    }

    /// Posts fields without following redirects.
    pub async fn post_once(&self, address: &str, fields: &[(&str, &str)]) -> Page {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.exchange(Method::POST, address, Some(fields)).await
    }

    /// Posts a form as it is filled in, with the button at `button` pressed, and
    /// follows where that leads.
    pub async fn submit(&self, form: &Form, button: usize) -> Page {
        let mut fields = form.fields.clone();
        if let Some((name, value, _)) = form.buttons.get(button)
            && !name.is_empty()
        {
            fields.push((name.clone(), value.clone()));
        }
        let method = if form.method == "post" { Method::POST } else { Method::GET };
        self.follow(method, &form.action, Some(fields)).await
    }

    /// Posts a form with files: fields, then for each file its field, name, type
    /// and bytes. Follows where that leads.
    pub async fn upload(
        &self,
        address: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &str, Vec<u8>)],
    ) -> Page {
        let mut form = multipart::Form::new();
        for (name, value) in fields {
            form = form.text((*name).to_owned(), (*value).to_owned());
        }
        for (field, name, kind, bytes) in files {
            let part = multipart::Part::bytes(bytes.clone()).file_name((*name).to_owned());
            form = form.part((*field).to_owned(), part.mime_str(kind).expect("a type"));
        }
        let request = self.prepare(Method::POST, &self.address(address)).multipart(form);
        let page = self.send(request, address).await;
        self.go_on(page).await
    }

    async fn follow(&self, method: Method, address: &str, fields: Option<Vec<(String, String)>>) -> Page {
        let page = self.exchange(method, address, fields).await;
        self.go_on(page).await
    }

    async fn go_on(&self, mut page: Page) -> Page {
        for _ in 0..10 {
            let Some(to) = page.headers.get(LOCATION).and_then(|to| to.to_str().ok()) else { return page };
            let to = to.to_owned();
            let cookies = std::mem::take(&mut page.cookies);
            page = self.exchange(Method::GET, &to, None).await;
            page.cookies.splice(..0, cookies);
        }
        panic!("{} leads in circles", page.path);
    }

    fn address(&self, address: &str) -> String {
        if address.starts_with("http") { address.to_owned() } else { format!("{}{address}", self.base) }
    }

    fn prepare(&self, method: Method, address: &str) -> reqwest::RequestBuilder {
        let path = address.strip_prefix(&self.base).unwrap_or("/");
        let path = path.split(['?', '#']).next().unwrap_or_default().to_lowercase();
        let is_post = method == Method::POST;
        let mut headers: Vec<(&str, &str)> = Vec::new();
        if is_post {
            // What browsers send from a page with `Referrer-Policy: no-referrer`.
            headers.extend([("origin", "null"), ("sec-fetch-site", "same-origin")]);
        }
        headers.retain(|(name, _)| self.headers.iter().all(|(own, _)| own != name));
        headers.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let mut request = self.http.request(method, address);
        for (name, value) in headers.into_iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        let jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        let is_below = |of: &str| of == "/" || path == of || path.starts_with(&format!("{of}/"));
        let sent: Vec<String> = jar
            .iter()
            .filter(|((of, _), _)| is_below(of))
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        if sent.is_empty() { request } else { request.header(COOKIE, sent.join("; ")) }
    }

    async fn exchange(&self, method: Method, address: &str, fields: Option<Vec<(String, String)>>) -> Page {
        let mut whole = self.address(address);
        let mut body = None;
        if let Some(fields) = fields {
            let mut encoded = reqwest::Url::parse("http://x").expect("an address");
            encoded.query_pairs_mut().extend_pairs(fields);
            let query = encoded.query().unwrap_or_default().to_owned();
            if method == Method::POST {
                body = Some(query);
            } else {
                whole = format!("{}?{query}", whole.split('?').next().unwrap_or_default());
            }
        }
        let mut request = self.prepare(method, &whole);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        self.send(request, address).await
    }

    async fn send(&self, request: reqwest::RequestBuilder, address: &str) -> Page {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a whole body").to_vec();
        // A HEAD tells of the coding, and has nothing that is coded.
        let is_packed = headers.get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
        let body = if is_packed && !bytes.is_empty() { unpacked(&bytes) } else { bytes.clone() };
        let body = String::from_utf8_lossy(&body).into_owned();
        let path = self.address(address).strip_prefix(&self.base).unwrap_or_default().to_owned();
        assert_ne!(status, 500, "{path}: {body}");
        if path.starts_with("/guest") || path.starts_with("/kickoff/") {
            for (name, value) in HEADERS {
                let found = headers.get(name).and_then(|found| found.to_str().ok());
                assert!(
                    found.is_some_and(|found| value.is_empty() || found == value),
                    "{path}: {name} is {found:?}"
                );
            }
            let kept = headers.get("cache-control").and_then(|kept| kept.to_str().ok());
            assert!(kept == Some("no-store") || path.starts_with("/guest/assets/"), "{path}: kept {kept:?}");
        }
        let lines = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        let cookies: Vec<SetCookie> = lines.filter_map(SetCookie::read).collect();
        let mut jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        for cookie in &cookies {
            let key = (cookie.path().to_owned(), cookie.name.clone());
            if cookie.is_over() {
                jar.remove(&key);
            } else {
                jar.insert(key, cookie.value.clone());
            }
        }
        drop(jar);
        Page { path, status, headers, cookies, bytes, body }
    }
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    let read = flate2::read::GzDecoder::new(bytes).read_to_end(&mut whole);
    read.expect("what is said to be gzip is");
    whole
}

impl Page {
    /// The body without the tokens of its forms, which are others each time.
    pub fn without_tokens(&self) -> String {
        let mut pieces = self.body.split("name=\"csrf\" value=\"");
        let first = pieces.next().unwrap_or_default();
        let rest = pieces.map(|piece| piece.split_once('"').expect("the end of a token").1);
        std::iter::once(first).chain(rest).collect()
    }

    /// Checks the status and hands the page on.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "often the status is all that a test looks at")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} shows {}: {}", self.path, self.status, self.body);
        self
    }

    /// Whether a text is in the page. Marks in the text are escaped as in pages.
    pub fn shows(&self, text: &str) -> bool {
        unescape(&self.body).contains(text)
    }

    /// A header's text, or "".
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The forms, in their order.
    pub fn forms(&self) -> Vec<Form> {
        let forms = self.body.split("<form").skip(1);
        forms.filter_map(|rest| Form::read(rest.split("</form").next()?)).collect()
    }

    /// The form whose action ends so.
    ///
    /// # Panics
    ///
    /// When the page has none.
    #[track_caller]
    pub fn form(&self, action: &str) -> Form {
        let found = self.forms().into_iter().find(|form| form.action.ends_with(action));
        found.unwrap_or_else(|| panic!("{} has no form for {action}: {}", self.path, self.body))
    }

    /// Where the page's links lead.
    pub fn links(&self) -> Vec<String> {
        let tags = tags(&self.body, "a");
        tags.iter().filter_map(|tag| attribute(tag, "href")).collect()
    }
}

impl Form {
    fn read(text: &str) -> Option<Self> {
        let (head, body) = text.split_once('>')?;
        let method = attribute(head, "method").unwrap_or_else(|| "get".to_owned());
        let mut form = Self {
            action: attribute(head, "action").unwrap_or_default(),
            method: method.to_lowercase(),
            fields: Vec::new(),
            names: Vec::new(),
            buttons: Vec::new(),
        };
        for tag in tags(body, "input") {
            let Some(name) = attribute(&tag, "name") else { continue };
            form.names.push(name.clone());
            let kind = attribute(&tag, "type").unwrap_or_default();
            let is_choice = kind == "checkbox" || kind == "radio";
            if kind == "file" || is_choice && attribute(&tag, "checked").is_none() {
                continue;
            }
            let usual = if is_choice { "on" } else { "" };
            form.fields.push((name, attribute(&tag, "value").unwrap_or_else(|| usual.to_owned())));
        }
        for rest in body.split("<textarea").skip(1) {
            let (head, rest) = rest.split_once('>')?;
            let Some(name) = attribute(head, "name") else { continue };
            form.names.push(name.clone());
            let text = rest.split("</textarea").next().unwrap_or_default();
            form.fields.push((name, unescape(text.strip_prefix('\n').unwrap_or(text))));
        }
        for rest in body.split("<select").skip(1) {
            let (head, rest) = rest.split_once('>')?;
            let Some(name) = attribute(head, "name") else { continue };
            form.names.push(name.clone());
            let options = tags(rest.split("</select").next().unwrap_or_default(), "option");
            let is_multiple = attribute(head, "multiple").is_some();
            let mut chosen: Vec<&String> =
                options.iter().filter(|option| attribute(option, "selected").is_some()).collect();
            if chosen.is_empty() && !is_multiple {
                chosen.extend(options.first());
            }
            for option in chosen {
                form.fields.push((name.clone(), attribute(option, "value").unwrap_or_default()));
            }
        }
        for rest in body.split("<button").skip(1) {
            let (head, rest) = rest.split_once('>')?;
            let text = rest.split("</button").next().unwrap_or_default();
            let of = |name| attribute(head, name).unwrap_or_default();
            form.buttons.push((of("name"), of("value"), unescape(text).trim().to_owned()));
        }
        Some(form)
    }

    /// Fills in a field, in place of what is in it.
    ///
    /// # Panics
    ///
    /// When the form has no such field: a browser could not fill it in either.
    #[must_use]
    #[track_caller]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        assert!(self.names.iter().any(|known| known == name), "no field {name} in {self:?}");
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What is filled in, or "".
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// The insides of every tag with this name.
fn tags(html: &str, name: &str) -> Vec<String> {
    let start = format!("<{name}");
    let rests = html.split(start.as_str()).skip(1);
    let rests = rests.filter(|rest| rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/'));
    rests.map(|rest| rest.split('>').next().unwrap_or_default().to_owned()).collect()
}

/// The value of an attribute in the inside of a tag; "" when it has none.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '/').unwrap_or(rest.len());
        let (found, after) = rest.split_at(end);
        let value;
        (value, rest) = match after.strip_prefix('=') {
            Some(quoted) if quoted.starts_with('"') => quoted[1..].split_once('"')?,
            Some(bare) => bare.split_at(bare.find(char::is_whitespace).unwrap_or(bare.len())),
            None => ("", after),
        };
        if found == name {
            return Some(unescape(value));
        }
        if rest.trim_matches(|c: char| c.is_whitespace() || c == '/').is_empty() {
            return None;
        }
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_browsers_read_them() {
        let form = Form::read(
            "action=\"/a?b&amp;c\" method=\"POST\"><input type=hidden name=\"h\" value=\"1 &lt; 2\">\
             <input type=\"checkbox\" name=\"no\" value=\"x\" required><input name=\"yes\" type=\"checkbox\" checked>\
             <textarea name=\"t\">\na&amp;b</textarea><select name=\"s\"><option value=\"1\">One<option value=\"2\" selected>\
             </select><button name=\"b\" value=\"v\">Go</button>",
        )
        .unwrap();
        assert_eq!((form.action.as_str(), form.method.as_str()), ("/a?b&c", "post"));
        let fields: Vec<(&str, &str)> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(fields, [("h", "1 < 2"), ("yes", "on"), ("t", "a&b"), ("s", "2")]);
        assert_eq!(form.names, ["h", "no", "yes", "t", "s"]);
        assert_eq!(form.buttons, [("b".to_owned(), "v".to_owned(), "Go".to_owned())]);
    }
}
