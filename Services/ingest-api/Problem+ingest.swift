import HTTPServer

extension Problem {
    static var messageNotFound: Problem {
        Problem(
            status: 404,
            code: "message_not_found",
            title: "Not found",
            detail: "You have no message with this id."
        )
    }
}
