"""Texts of strangers that try to run, and the browser in which tests look whether they do."""

import shutil

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
RUN = "document.title='owned';console.error('owned')"
HOSTILE = (
    f"</script><script>{RUN}</script>",
    f"<img src=x onerror=\"{RUN}\"><svg onload=\"{RUN}\">",
    f"\"'><body onpageshow={RUN} autofocus onfocus={RUN}>",
    f'<a href="javascript:{RUN}">a link</a> javascript:{RUN}',
    f"<!--<script>{RUN}//\u2028{RUN}\u2029${{{RUN}}} `{RUN}`",
    "<style>*{display:none}</style><base href=//example.org><meta http-equiv=refresh content=0>",
)  # fmt: skip
