"""Rules: permissions and conditions in pure Python over the models, without HTTP or HTML."""
