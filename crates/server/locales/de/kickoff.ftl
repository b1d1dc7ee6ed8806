### Public kick-off forms.
