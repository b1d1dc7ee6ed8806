### What mails say, and preferences.
