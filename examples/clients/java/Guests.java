import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/** Lists and keeps the guests of one organization. Java 11 or newer, nothing to install. */
public final class Guests {
    private static final String USAGE = String.join("\n",
            "usage: java Guests.java COMMAND",
            "",
            "  list [--per-page N]                   every guest with statistics, as one JSON array",
            "  get EMAIL",
            "  create EMAIL [FIRST LAST COMPANY]",
            "  update EMAIL KEY=VALUE...",
            "  remove EMAIL",
            "",
            "environment: TALLYFY_BASE_URL, TALLYFY_ORG_ID, TALLYFY_ACCESS_TOKEN");

    private static final int MAX_TRIES = 4;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    /** A longer wait than this is the user's decision, not ours. */
    private static final Duration MAX_WAIT = Duration.ofMinutes(1);

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final String url;
    private final String token;

    private Guests(String baseUrl, String organization, String token) {
        this.url = baseUrl.replaceAll("/+$", "") + "/organizations/" + encode(organization) + "/guests";
        this.token = token;
    }

    /** The guests of all pages, each as the JSON text that the server sent. */
    private List<String> list(String perPage) throws IOException, InterruptedException {
        var guests = new ArrayList<String>();
        var pages = 1;
        for (var page = 1; page <= pages; page++) {
            var query = "?with=stats&page=" + page + "&per_page=" + encode(perPage);
            var answer = Json.members(call("GET", query, null));
            guests.addAll(Json.elements(answer.get("data")));
            var pagination = Json.members(Json.members(answer.get("meta")).get("pagination"));
            pages = Json.integer(pagination.get("total_pages"));
        }
        return guests;
    }

    private String get(String email) throws IOException, InterruptedException {
        return data(call("GET", "/" + encode(email), null));
    }

    private String create(Map<String, String> guest) throws IOException, InterruptedException {
        return data(call("POST", "", Json.object(guest)));
    }

    private String update(String email, Map<String, String> changes) throws IOException, InterruptedException {
        return data(call("PUT", "/" + encode(email), Json.object(changes)));
    }

    private String remove(String email) throws IOException, InterruptedException {
        return data(call("DELETE", "/" + encode(email), null));
    }

    private static String data(String answer) throws IOException {
        var data = Json.members(answer).get("data");
        if (data == null) {
            throw new IOException("the answer has no data");
        }
        return data;
    }

    private String call(String method, String path, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json")
                .header("X-Tallyfy-Client", "APIClient")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        if (!method.equals("GET")) {
            // The key stays the same over all tries, so the server carries out the write once.
            request.header("Idempotency-Key", UUID.randomUUID().toString());
        }

        for (var tries = 1; ; tries++) {
            var lastTry = tries == MAX_TRIES;
            var wait = Duration.ofMillis(250L << tries);
            try {
                var response = http.send(request.build(), BodyHandlers.ofString());
                wait = retryAfter(response, wait);
                // 429 is decided before anything is written: any method may be sent again.
                var again = response.statusCode() == 429 && !lastTry && wait.compareTo(MAX_WAIT) <= 0;
                if (!again && response.statusCode() / 100 != 2) {
                    throw new ApiException(response.statusCode(), response.body());
                }
                if (!again) {
                    return response.body();
                }
            } catch (ApiException refusal) {
                throw refusal;
            } catch (IOException lost) {
                if (lastTry) {
                    throw new IOException("no answer: " + lost, lost);
                }
            }
            Thread.sleep(wait.toMillis());
        }
    }

    /** What {@code Retry-After} asks for: seconds or a date. */
    private static Duration retryAfter(HttpResponse<?> response, Duration otherwise) {
        var value = response.headers().firstValue("Retry-After").orElse("");
        try {
            if (value.matches("\\d{1,9}")) {
                return Duration.ofSeconds(Long.parseLong(value));
            }
            var date = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME);
            var wait = Duration.between(ZonedDateTime.now(), date);
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeException unreadable) {
            return otherwise;
        }
    }

    /** Percent-encodes. URLEncoder writes a space as +, and + as %2B, which is what a path needs. */
    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** An answer outside 2xx: the server's message, and one line per refused field. */
    private static final class ApiException extends IOException {
        private static final long serialVersionUID = 1L;

        ApiException(int status, String body) {
            super(status + ": " + describe(body));
        }

        private static String describe(String body) {
            try {
                var members = Json.members(body);
                var lines = new StringBuilder(members.containsKey("message")
                        ? Json.text(members.get("message"))
                        : "the request failed");
                for (var field : Json.members(members.getOrDefault("errors", "{}")).entrySet()) {
                    var texts = field.getValue().startsWith("[")
                            ? Json.elements(field.getValue())
                            : List.of(field.getValue());
                    lines.append("\n  ").append(field.getKey()).append(": ");
                    lines.append(texts.stream().map(Json::text).collect(Collectors.joining(" ")));
                }
                return lines.toString();
            } catch (Json.Malformed notJson) {
                // A proxy's error page must not hide the status.
                return "the request failed";
            }
        }
    }

    /**
     * As much JSON as this program needs: it takes one level apart at a time and leaves the values
     * as the text they arrived in, so whatever it does not know is passed on unchanged.
     */
    private static final class Json {
        private final String source;
        private int at;

        private Json(String source) {
            this.source = source;
        }

        /** The members of an object: their names, and their values as JSON text. */
        static Map<String, String> members(String object) {
            var json = new Json(expect(object, '{'));
            var members = new LinkedHashMap<String, String>();
            for (var more = json.enter('}'); more; more = json.another('}')) {
                var name = text(json.value());
                json.take(':');
                members.put(name, json.value());
            }
            return members;
        }

        /** The elements of an array, as JSON text. */
        static List<String> elements(String array) {
            var json = new Json(expect(array, '['));
            var elements = new ArrayList<String>();
            for (var more = json.enter(']'); more; more = json.another(']')) {
                elements.add(json.value());
            }
            return elements;
        }

        static int integer(String value) {
            try {
                return Integer.parseInt(String.valueOf(value));
            } catch (NumberFormatException notNumber) {
                throw new Malformed("not a whole number: " + value);
            }
        }

        /** The text of a JSON string; any other value stays as it is. */
        static String text(String value) {
            if (!value.startsWith("\"")) {
                return value;
            }
            var text = new StringBuilder();
            for (var i = 1; i < value.length() - 1; i++) {
                var c = value.charAt(i);
                if (c != '\\') {
                    text.append(c);
                    continue;
                }
                c = value.charAt(++i);
                if (c == 'u') {
                    text.append((char) Integer.parseInt(value.substring(i + 1, i + 5), 16));
                    i += 4;
                } else {
                    var escape = "bfnrt".indexOf(c);
                    text.append(escape < 0 ? c : "\b\f\n\r\t".charAt(escape));
                }
            }
            return text.toString();
        }

        /** An object of strings. */
        static String object(Map<String, String> members) {
            return members.entrySet().stream()
                    .map(member -> quote(member.getKey()) + ":" + quote(member.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
        }

        private static String quote(String text) {
            var quoted = new StringBuilder("\"");
            for (var c : text.toCharArray()) {
                if (c == '"' || c == '\\') {
                    quoted.append('\\').append(c);
                } else if (c < ' ') {
                    quoted.append(String.format("\\u%04x", (int) c));
                } else {
                    quoted.append(c);
                }
            }
            return quoted.append('"').toString();
        }

        private static String expect(String value, char opening) {
            if (value == null || value.isBlank() || value.strip().charAt(0) != opening) {
                throw new Malformed("expected " + opening + " in the answer");
            }
            return value;
        }

        /** Steps over the opening bracket; false when nothing is inside. */
        private boolean enter(char closing) {
            skipSpace();
            at++;
            return skipSpace() != closing;
        }

        /** Steps over a comma, or stops at the closing bracket. */
        private boolean another(char closing) {
            if (skipSpace() == closing) {
                return false;
            }
            take(',');
            return true;
        }

        private void take(char wanted) {
            if (skipSpace() != wanted) {
                throw new Malformed("expected " + wanted + " at " + at);
            }
            at++;
        }

        private char skipSpace() {
            while (Character.isWhitespace(peek())) {
                at++;
            }
            return peek();
        }

        private char peek() {
            if (at >= source.length()) {
                throw new Malformed("the answer breaks off");
            }
            return source.charAt(at);
        }

        /** Steps over one whole value, however deep, and returns its text. */
        private String value() {
            skipSpace();
            var start = at;
            var depth = 0;
            do {
                var c = peek();
                if (c == '"') {
                    skipString();
                } else if (c == '{' || c == '[') {
                    depth++;
                    at++;
                } else if (c == '}' || c == ']') {
                    depth--;
                    at++;
                } else if (depth > 0 && (c == ',' || c == ':' || Character.isWhitespace(c))) {
                    at++;
                } else {
                    skipWord();
                }
            } while (depth > 0);
            return source.substring(start, at);
        }

        private void skipString() {
            for (at++; peek() != '"'; at++) {
                if (peek() == '\\') {
                    at++;
                }
            }
            at++;
        }

        /** A number, true, false or null. */
        private void skipWord() {
            var start = at;
            while ("{}[],:\"".indexOf(peek()) < 0 && !Character.isWhitespace(peek())) {
                at++;
            }
            if (at == start) {
                throw new Malformed("expected a value at " + at);
            }
        }

        /** The answer is not the JSON that was promised. */
        private static final class Malformed extends RuntimeException {
            private static final long serialVersionUID = 1L;

            Malformed(String message) {
                super(message);
            }
        }
    }

    /** A mistake on the command line or in the environment. */
    private static final class UsageException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    private static String setting(String name) {
        var value = System.getenv(name);
        if (value == null || value.isEmpty()) {
            throw new UsageException(name + " is not set");
        }
        return value;
    }

    private static Map<String, String> assignments(List<String> words) {
        var changes = new LinkedHashMap<String, String>();
        for (var word : words) {
            var at = word.indexOf('=');
            if (at < 1) {
                throw new UsageException("not KEY=VALUE: " + word);
            }
            changes.put(word.substring(0, at), word.substring(at + 1));
        }
        if (changes.isEmpty()) {
            throw new UsageException("update needs at least one KEY=VALUE");
        }
        return changes;
    }

    private static String perPage(List<String> options) {
        if (options.isEmpty()) {
            return "100";
        }
        if (options.size() != 2 || !options.get(0).equals("--per-page")) {
            throw new UsageException("list takes --per-page N and nothing else");
        }
        return options.get(1);
    }

    private static String run(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 0) {
            throw new UsageException("a command is needed");
        }
        var guests = new Guests(
                setting("TALLYFY_BASE_URL"), setting("TALLYFY_ORG_ID"), setting("TALLYFY_ACCESS_TOKEN"));
        var command = arguments[0];
        var rest = Arrays.asList(arguments).subList(1, arguments.length);
        if (command.equals("list")) {
            return "[" + String.join(",\n", guests.list(perPage(rest))) + "]";
        }
        if (rest.isEmpty()) {
            throw new UsageException(command + " needs an e-mail address");
        }
        var email = rest.get(0);
        switch (command) {
            case "get":
                return guests.get(email);
            case "create":
                var guest = new LinkedHashMap<String, String>();
                var names = List.of("email", "first_name", "last_name", "company_name");
                for (var i = 0; i < Math.min(names.size(), rest.size()); i++) {
                    guest.put(names.get(i), rest.get(i));
                }
                return guests.create(guest);
            case "update":
                return guests.update(email, assignments(rest.subList(1, rest.size())));
            case "remove":
                return guests.remove(email);
            default:
                throw new UsageException("unknown command: " + command);
        }
    }

    public static void main(String[] arguments) throws InterruptedException {
        // Before Java 18 the default encoding depends on the machine.
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        try {
            out.println(run(arguments));
        } catch (UsageException mistake) {
            err.println("guests: " + mistake.getMessage());
            err.println(USAGE);
            System.exit(2);
        } catch (IOException | Json.Malformed failure) {
            err.println("guests: " + failure.getMessage());
            System.exit(1);
        }
    }
}
