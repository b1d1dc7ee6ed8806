//! What is measured of uploads: how fast a large file is taken, and that memory
//! does not grow with it.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::time::Instant;

use hospes_server::time::Clock;
use serde_json::{Value, json};

use super::http;
use super::process::Server;
use super::report::{Fact, median};
use super::seeded::{self, TOKEN};
use super::servers::start_hospes;
use super::{Found, Options, number, text};
use crate::seed::workplace;

const BOUNDARY: &str = "hospes-bench-boundary";
/// Attempts of each kind.
const TRIES: usize = 3;
/// The highest memory may be so much more, in MiB, for the largest file than for
/// the smallest.
const BOUND: f64 = 16.0;
/// A megabyte.
const MB: u64 = 1_000_000;

/// Who brings a file.
#[derive(Debug, Clone, Copy)]
enum Way {
    Api,
    Page,
}

/// A server with a task that files can be brought to.
struct Desk {
    server: Server,
    organization: String,
    task: String,
    field: String,
    code: String,
    secret: String,
}

/// One size after the other, each on a server of its own.
pub(super) fn measure(options: &Options) -> Result<Vec<Found>, String> {
    let mut all = Vec::new();
    let mut least: Vec<(u64, f64)> = Vec::new();
    for &size in &options.uploads {
        println!("=== {size} MB uploaded");
        let plain = copy(options, size * MB)?;
        let mut facts = Vec::new();
        for (place, way) in [Way::Api, Way::Page].into_iter().enumerate() {
            let said = bring(options, way, size * MB)?;
            println!("{said}");
            let highest = number(&said["after"], "VmHWM") / 1024.0;
            facts.push(fact(way, size, &said, plain));
            match least.get(place) {
                None => least.push((size, highest)),
                Some(&(small, low)) => facts.push(Fact {
                    title: format!("… highest resident memory: {small} MB → {size} MB"),
                    figure: format!("{low:.1} → {highest:.1} MiB"),
                    goal: format!("constant: within {BOUND} MiB"),
                    met: Some(highest - low <= BOUND),
                    raw: json!({"small_mib": low, "large_mib": highest}),
                }),
            }
        }
        all.push(Found { count: size, facts });
    }
    Ok(all)
}

fn fact(way: Way, size: u64, said: &Value, plain: f64) -> Fact {
    let rate = number(said, "mb_per_second");
    let mib = |when: &str, name: &str| number(&said[when], name) / 1024.0;
    let through = match way {
        Way::Api => "the API",
        Way::Page => "a guest's page",
    };
    Fact {
        title: format!("{size} MB through {through}"),
        figure: format!(
            "{rate:.0} MB/s, {:.0} % of a plain copy to the same disk ({plain:.0} MB/s); resident memory {:.1} MiB \
             before, {:.1} MiB at most",
            100.0 * rate / plain.max(f64::MIN_POSITIVE),
            mib("before", "VmRSS"),
            mib("after", "VmHWM"),
        ),
        goal: "—".to_owned(),
        met: None,
        raw: json!({"said": said, "plain_mb_per_second": plain}),
    }
}

/// Megabytes a second of writing the same bytes into a file on the same disk,
/// on which they are when it ends.
fn copy(options: &Options, size: u64) -> Result<f64, String> {
    let file = options.cache.join("work").join("plain.bin");
    fs::create_dir_all(options.cache.join("work")).map_err(text)?;
    let mut rates = Vec::new();
    for _ in 0..TRIES {
        let begun = Instant::now();
        let mut to = fs::File::create(&file).map_err(text)?;
        write(&mut to, size).and_then(|()| to.sync_all()).map_err(text)?;
        rates.push(per_second(size, begun));
    }
    let _ = fs::remove_file(&file);
    Ok(median(&rates))
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files are far below 2^52")]
fn per_second(size: u64, begun: Instant) -> f64 {
    size as f64 / 1e6 / begun.elapsed().as_secs_f64()
}

/// A file that begins as a PDF does.
fn write(to: &mut impl Write, size: u64) -> std::io::Result<()> {
    let mut piece = b"%PDF-1.7\n".to_vec();
    piece.resize(1 << 16, b'x');
    let mut left = size;
    while left > 0 {
        let now = usize::try_from(left.min(piece.len() as u64)).unwrap_or(0);
        to.write_all(&piece[..now])?;
        piece[0] = b'x';
        left -= now as u64;
    }
    Ok(())
}

fn bring(options: &Options, way: Way, size: u64) -> Result<Value, String> {
    let desk = Desk::set_up(options)?;
    // What the first upload sets up is not what one costs.
    desk.upload(way, MB)?;
    let before = desk.server.memory();
    let mut rates = Vec::new();
    for _ in 0..TRIES {
        let begun = Instant::now();
        desk.upload(way, size)?;
        rates.push(per_second(size, begun));
    }
    let after = desk.server.memory();
    Ok(json!({"mb_per_second": median(&rates), "tries": rates, "before": before, "after": after}))
}

impl Desk {
    fn set_up(options: &Options) -> Result<Self, String> {
        let work = options.cache.join("work");
        fs::create_dir_all(&work).map_err(text)?;
        let filled = seeded::workplace(&options.cache, 1)?;
        let folder = work.join("upload");
        let copy = seeded::copy(&filled, &folder)?;
        let signed_in = workplace::sign_in(&folder, &copy.organization, 1, Clock::system().now())?;
        let (code, secret) = signed_in.into_iter().next().ok_or("there is no guest")?;
        let server = start_hospes(options, &work, &folder)?;
        let organization = copy.organization;
        let guests = format!("/organizations/{organization}/guests");
        let guest = http::get(&server.url, &guests, TOKEN)?.json()?;
        let guest = guest["data"].as_array().into_iter().flatten().find(|guest| guest["id"] == code.as_str());
        let email = guest.and_then(|guest| guest["email"].as_str()).ok_or("the guest has no address")?;
        let body = json!({
            "title": "Scans", "task_type": "task", "deadline": "2099-01-01 10:00:00",
            "owners": {"users": [], "guests": [email], "groups": []},
            "form_fields": [{"label": "Scan", "field_type": "file"}],
        });
        let path = format!("/organizations/{organization}/tasks?with=form_fields");
        let made = http::post(&server.url, &path, TOKEN, &body.to_string())?.json()?;
        let id = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| format!("no id: {made}"));
        let (task, field) = (id(&made["data"]["id"])?, id(&made["data"]["form_fields"]["data"][0]["id"])?);
        Ok(Self { server, organization, task, field, code, secret })
    }

    fn upload(&self, way: Way, size: u64) -> Result<(), String> {
        let (what, more, texts, file) = match way {
            Way::Api => (
                format!("POST /organizations/{}/assets", self.organization),
                format!("Authorization: Bearer {TOKEN}\r\n"),
                vec![
                    ("subject_type".to_owned(), "Task".to_owned()),
                    ("subject_id".to_owned(), self.task.clone()),
                    ("uploaded_from".to_owned(), self.field.clone()),
                ],
                "name".to_owned(),
            ),
            Way::Page => (
                format!("POST /guest/{}/tasks/{}/files", self.code, self.task),
                self.cookie(),
                self.typed()?,
                format!("file.{}", self.field),
            ),
        };
        let mut head = String::new();
        for (name, value) in &texts {
            let _ = write!(
                head,
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        let _ = write!(
            head,
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{file}\"; filename=\"a.pdf\"\r\n\r\n"
        );
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let length = head.len() as u64 + size + tail.len() as u64;
        let headers = format!(
            "{more}Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n"
        );
        let answer = http::send(&self.server.url, &what, &headers, |stream: &mut TcpStream| {
            stream.write_all(head.as_bytes())?;
            write(stream, size)?;
            stream.write_all(tail.as_bytes())
        })?;
        match answer.status {
            200 | 201 | 303 => Ok(()),
            status => Err(format!("{what}: {status} {}", String::from_utf8_lossy(&answer.body))),
        }
    }

    fn cookie(&self) -> String {
        format!("Cookie: hospes_guest={}\r\n", self.secret)
    }

    /// The hidden fields of the task's form.
    fn typed(&self) -> Result<Vec<(String, String)>, String> {
        let what = format!("GET /guest/{}/tasks/{}", self.code, self.task);
        let page = http::send(&self.server.url, &what, &self.cookie(), |_| Ok(()))?;
        let html = String::from_utf8_lossy(&page.body).into_owned();
        let end = html.find("/save\"").ok_or("the page has no form")?;
        let form = html[end..].split("</form>").next().unwrap_or_default();
        let hidden = form.split("<input type=\"hidden\" name=\"").skip(1);
        let found = hidden.filter_map(|piece| {
            let (name, rest) = piece.split_once('"')?;
            let value = rest.split_once("value=\"")?.1.split('"').next()?;
            Some((name.to_owned(), value.to_owned()))
        });
        Ok(found.collect())
    }
}
