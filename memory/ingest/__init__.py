"""Files of people and companies into memory: text, Markdown, PDF, Word, HTML and e-mail."""
