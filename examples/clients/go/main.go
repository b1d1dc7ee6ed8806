// Command guests lists and keeps the guests of one organization.
// It needs nothing but the standard library.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
)

const usage = `usage: guests COMMAND

  list [--per-page N]                   every guest with statistics, as one JSON array
  get EMAIL
  create EMAIL [FIRST LAST COMPANY]
  update EMAIL KEY=VALUE...
  remove EMAIL

environment: TALLYFY_BASE_URL, TALLYFY_ORG_ID, TALLYFY_ACCESS_TOKEN`

const (
	maxTries = 4
	timeout  = 30 * time.Second
	// A longer wait than this is the user's decision, not ours.
	maxWait = time.Minute
)

// usageError is a mistake on the command line or in the environment.
type usageError string

func (e usageError) Error() string { return string(e) }

// apiError is an answer outside 2xx.
type apiError struct {
	Status  int    `json:"-"`
	Message string `json:"message"`
	// A field holds one text or a list of texts.
	Errors map[string]any `json:"errors"`
}

func (e *apiError) Error() string {
	message := e.Message
	if message == "" {
		message = "the request failed"
	}
	lines := make([]string, 0, len(e.Errors))
	for field, texts := range e.Errors {
		lines = append(lines, "\n  "+field+": "+join(texts))
	}
	sort.Strings(lines)
	return fmt.Sprintf("%d: %s%s", e.Status, message, strings.Join(lines, ""))
}

func join(texts any) string {
	list, ok := texts.([]any)
	if !ok {
		return fmt.Sprint(texts)
	}
	words := make([]string, len(list))
	for i, text := range list {
		words[i] = fmt.Sprint(text)
	}
	return strings.Join(words, " ")
}

type client struct {
	http  http.Client
	url   string // of the collection
	token string
}

func (c *client) list(perPage int) ([]json.RawMessage, error) {
	guests := []json.RawMessage{}
	for page, pages := 1, 1; page <= pages; page++ {
		query := url.Values{
			"with":     {"stats"},
			"page":     {strconv.Itoa(page)},
			"per_page": {strconv.Itoa(perPage)},
		}
		var answer struct {
			Data []json.RawMessage
			Meta struct {
				Pagination struct {
					TotalPages *int `json:"total_pages"`
				}
			}
		}
		if err := c.call(http.MethodGet, "?"+query.Encode(), nil, &answer); err != nil {
			return nil, err
		}
		guests = append(guests, answer.Data...)
		// Without this check a missing number would pass for "that was the last page".
		if answer.Meta.Pagination.TotalPages == nil {
			return nil, errors.New("the list has no meta.pagination.total_pages")
		}
		pages = *answer.Meta.Pagination.TotalPages
	}
	return guests, nil
}

func (c *client) create(guest map[string]string) (json.RawMessage, error) {
	return c.one(http.MethodPost, "", guest)
}

func (c *client) get(email string) (json.RawMessage, error) {
	return c.one(http.MethodGet, pathOf(email), nil)
}

func (c *client) update(email string, changes map[string]string) (json.RawMessage, error) {
	return c.one(http.MethodPut, pathOf(email), changes)
}

func (c *client) remove(email string) (json.RawMessage, error) {
	return c.one(http.MethodDelete, pathOf(email), nil)
}

// pathOf escapes every reserved character. url.PathEscape would leave + as it
// is, and a bare + may be read differently along the way.
func pathOf(email string) string {
	return "/" + strings.ReplaceAll(url.QueryEscape(email), "+", "%20")
}

func (c *client) one(method, path string, body map[string]string) (json.RawMessage, error) {
	var answer struct{ Data json.RawMessage }
	err := c.call(method, path, body, &answer)
	return answer.Data, err
}

func (c *client) call(method, path string, body map[string]string, answer any) error {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	// The key stays the same over all tries, so the server carries out the write once.
	key := newUUID()

	for try := 1; ; try++ {
		request, err := http.NewRequest(method, c.url+path, bytes.NewReader(payload))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+c.token)
		request.Header.Set("Accept", "application/json")
		request.Header.Set("X-Tallyfy-Client", "APIClient")
		if body != nil {
			request.Header.Set("Content-Type", "application/json")
		}
		if method != http.MethodGet {
			request.Header.Set("Idempotency-Key", key)
		}

		wait := (time.Second << try) / 4
		response, err := c.http.Do(request)
		if err == nil {
			var text []byte
			text, err = io.ReadAll(response.Body)
			response.Body.Close()
			if err == nil {
				if asked, ok := retryAfter(response.Header); ok {
					wait = asked
				}
				// 429 is decided before anything is written: any method may be sent again.
				limited := response.StatusCode == http.StatusTooManyRequests
				if !limited || try == maxTries || wait > maxWait {
					return decode(response.StatusCode, text, answer)
				}
			}
		}
		if err != nil && try == maxTries {
			return err
		}
		time.Sleep(wait)
	}
}

func decode(status int, text []byte, answer any) error {
	if status < 200 || status > 299 {
		failure := &apiError{Status: status}
		// A proxy's error page is no JSON, and must not hide the status.
		_ = json.Unmarshal(text, failure)
		return failure
	}
	return json.Unmarshal(text, answer)
}

// retryAfter reads what Retry-After asks for: seconds or a date.
func retryAfter(header http.Header) (time.Duration, bool) {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date)), true
	}
	return 0, false
}

// newUUID returns a random (version 4) UUID.
func newUUID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // no randomness: nothing sensible can follow
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func newClient() (*client, error) {
	settings := map[string]string{}
	for _, name := range []string{"TALLYFY_BASE_URL", "TALLYFY_ORG_ID", "TALLYFY_ACCESS_TOKEN"} {
		if settings[name] = os.Getenv(name); settings[name] == "" {
			return nil, usageError(name + " is not set")
		}
	}
	return &client{
		http: http.Client{Timeout: timeout},
		url: strings.TrimRight(settings["TALLYFY_BASE_URL"], "/") +
			"/organizations/" + url.PathEscape(settings["TALLYFY_ORG_ID"]) + "/guests",
		token: settings["TALLYFY_ACCESS_TOKEN"],
	}, nil
}

func run(arguments []string) (any, error) {
	if len(arguments) == 0 {
		return nil, usageError("a command is needed")
	}
	command, arguments := arguments[0], arguments[1:]
	guests, err := newClient()
	if err != nil {
		return nil, err
	}

	if command == "list" {
		flags := flag.NewFlagSet(command, flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		perPage := flags.Int("per-page", 100, "")
		if err := flags.Parse(arguments); err != nil {
			return nil, usageError(err.Error())
		}
		return guests.list(*perPage)
	}

	if len(arguments) == 0 {
		return nil, usageError(command + " needs an e-mail address")
	}
	email, rest := arguments[0], arguments[1:]
	switch command {
	case "get":
		return guests.get(email)
	case "remove":
		return guests.remove(email)
	case "create":
		guest := map[string]string{"email": email}
		for i, name := range []string{"first_name", "last_name", "company_name"} {
			if i < len(rest) {
				guest[name] = rest[i]
			}
		}
		return guests.create(guest)
	case "update":
		changes := map[string]string{}
		for _, word := range rest {
			key, value, found := strings.Cut(word, "=")
			if !found || key == "" {
				return nil, usageError("not KEY=VALUE: " + word)
			}
			changes[key] = value
		}
		if len(changes) == 0 {
			return nil, usageError("update needs at least one KEY=VALUE")
		}
		return guests.update(email, changes)
	default:
		return nil, usageError("unknown command: " + command)
	}
}

func main() {
	answer, err := run(os.Args[1:])
	if err == nil {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		err = out.Encode(answer)
	}
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "guests:", err)
	var mistake usageError
	if errors.As(err, &mistake) {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	os.Exit(1)
}
