### How guests get in.

entrance-title = Your tasks
entrance-with = { $organization } works with you on this page.
entrance-open = Open my tasks
entrance-not-me = This is not for me
entrance-sure = Yes, this mail was sent to me
entrance-spent = The link in the mail was used already, or it is too old.
entrance-code-offer = We mail a code of eight digits to your address, and you type it in here.
entrance-mail-code = Mail me a code
entrance-type-title = Type in the code
entrance-type = If there is a workplace at this link, a code is on its way to the address that is registered for it. It works for ten minutes, in this browser.
entrance-digits = The eight digits in the mail
entrance-go-on = Go on
entrance-mail-another = Mail me another code
entrance-dead-title = This link does not work any more
entrance-dead = A new link can be mailed to the address that is registered for it.
entrance-mail-new-link = Mail me a new link
entrance-sent-title = Look into your mailbox
entrance-sent = If there is a workplace for you here, a mail with a link is on its way. It may take some minutes. Look among unwanted mail too.
entrance-front-title = Find your tasks
entrance-front = Type in your e-mail address, and we mail you a link to your tasks.
entrance-email = E-mail address
entrance-mail-link = Mail me a link
entrance-wait-title = Please wait
entrance-wait =
    { $minutes ->
        [one] That was asked for or tried too often. Please try again in 1 minute.
       *[other] That was asked for or tried too often. Please try again in { $minutes } minutes.
    }
entrance-left-title = Nothing is open here
entrance-left = Your tasks are closed in this browser. You can close this page.
entrance-fault-stale = This page was open for a long time. Please try once more.
entrance-fault-unanswered = Please tick the box if the mail was sent to you.
entrance-fault-code = This is not the code that we mailed, or it does not work any more. A code works for ten minutes and five tries, in the browser in which it was asked for.
entrance-fault-email = Please type in an e-mail address, such as ann@example.com.

## Own sessions

devices-title = Where you are signed in
devices-on = { $browser } on { $system }
devices-unknown = a browser
devices-this = this browser
devices-seen = last used on { $when }
devices-end = End
devices-end-others = End all others
devices-end-all = End all

## What can go wrong

error-missing-title = This page does not exist
error-missing = Check the address, or open the link in your mail again.
error-form-title = This form could not be taken
error-form = It was not sent from its own page, or the page was open for a long time. Go back, reload the page and try again.
error-many-title = Please wait
error-many = There were too many requests. Wait a minute and try again.
error-large-title = That is too much
error-large = What was sent is larger than can be taken here.
error-server-title = Something went wrong here
error-server = Nothing was changed. Please try again in a moment.
error-other-title = That did not work
error-other = Go back, reload the page and try again.
