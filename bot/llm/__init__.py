"""The model, through the chat completions API. Knows OpenAI's client and its many compatible servers."""
