"""What is wrong with a request before it is one."""

from app.http.problems import Problem, Text


class MalformedRequest(Problem):
    """What was sent is not HTTP/1.1 (RFC 9112)."""

    status = 400
    code = "malformed_request"
    title = Text("This is not a request of HTTP/1.1", "Đây không phải yêu cầu HTTP/1.1")


class RequestTimeout(Problem):
    """The rest of the request did not come in time: send it again."""

    status = 408
    code = "request_timeout"
    title = Text("The rest of the request did not come", "Không nhận được phần còn lại của yêu cầu")


class HeadersTooLarge(Problem):
    """The address has more than 16 KB, or the headers more than that or 100 lines."""

    status = 431
    code = "headers_too_large"
    title = Text("The address or the headers are too large", "Địa chỉ hoặc tiêu đề quá lớn")
