### Public kick-off forms.

kickoff-who = About you
kickoff-who-hint = We mail a link to this address. It starts when you open the link, and there you see how it goes on.
kickoff-email = Your e-mail address
kickoff-fault-domain = No mail can be sent to this address. Please check what stands behind the @.
kickoff-first-name = First name
kickoff-last-name = Last name
kickoff-send = Send
kickoff-own-picker = You are put in here yourself. You can add other people's addresses.
kickoff-too-long = That is more text than can be taken here. Please shorten it.
kickoff-too-many-named = Please name at most { $limit } people.
kickoff-files-full = There is no room for more files at the moment. Please try again later.
kickoff-changed = This form was changed since you filled it in. What you filled in is below; please look through it and send it once more.

kickoff-closed-title = This form is not available
kickoff-closed = Check the address, or ask whoever gave it to you.
kickoff-before-title = This was sent already
kickoff-before = What you sent has started. Open the form anew to send another one.

kickoff-sent-title = Look into your mailbox
kickoff-sent = A mail is on its way to the address that you gave. Nothing starts before you open the link in it; it works for 24 hours. Look among unwanted mail too.
kickoff-sent-code = You can also type in the eight digits that are in the mail. They work for ten minutes, in this browser.
kickoff-mail-again = Mail it again

kickoff-confirm = You filled in this form of { $organization }. One press, and it starts.
kickoff-sure = Yes, I filled in this form
kickoff-start = Start
kickoff-dead = It was not used in time, or the form was sent once more. Please fill in the form again.
kickoff-to-form = To the form
kickoff-used-title = This has started already
kickoff-used = The link was used, and what you sent has started.
kickoff-to-tasks = Open my tasks
kickoff-member-title = You work here
kickoff-member = This address belongs to a member. Please sign in as you usually do, and start it there.
kickoff-disabled-title = This address cannot be used
kickoff-disabled = Please ask whoever gave you the form.
kickoff-failed-title = This cannot be started at the moment
kickoff-failed = What you sent is kept; the link in your mail works for 24 hours. Please tell whoever gave you the form, and try again later.

kickoff-mail-subject = Please confirm: { $title }
kickoff-mail-intro = Somebody, probably you, filled in the form “{ $title }” of { $org } and gave this address.
kickoff-mail-button = Confirm and start
kickoff-mail-life = The link works for 24 hours. The digits work for ten minutes, in the browser in which the form was filled in.
kickoff-mail-ignore = If it was not you, do nothing: nothing starts, and you get no more mail.
kickoff-mail-member = This is the address of a member. Please sign in as you usually do, and start it there; what was filled in starts nothing and is dropped within two days.
kickoff-mail-footer = This mail was sent by { $org } because a form was filled in.
