package struct MailAddress: Sendable, Equatable {
    package var address: String
    package var name: String?

    package init(_ address: String, name: String? = nil) {
        self.address = address
        self.name = name
    }
}

package struct MailMessage: Sendable {
    package var from: MailAddress
    package var to: [MailAddress]
    package var subject: String
    package var text: String
    /// With it the mail is multipart/alternative, the plain text first.
    package var html: String?
    /// Without angle brackets; nil makes a new one in the sender's domain.
    package var messageID: String?
    /// The `messageID` of the mail that this one follows: mail programs show them together.
    package var inReplyTo: String?
    /// Further headers.
    package var headers: [(String, String)]

    package init(
        from: MailAddress,
        to: [MailAddress],
        subject: String,
        text: String,
        html: String? = nil,
        messageID: String? = nil,
        inReplyTo: String? = nil,
        headers: [(String, String)] = []
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.text = text
        self.html = html
        self.messageID = messageID
        self.inReplyTo = inReplyTo
        self.headers = headers
    }
}

package struct SMTPSettings: Sendable, CustomStringConvertible, CustomReflectable {
    /// `smtp://host:port` or, for TLS from the first byte, `smtps://host:port`; a path is the name we greet
    /// with.
    package var url: String
    package var username: String?
    package var password: String?
    /// True: STARTTLS or no mail. False only for a server on this machine.
    package var requireTLS: Bool
    /// A server that goes silent may take twice this long.
    package var timeout: Duration

    package init(
        url: String,
        username: String? = nil,
        password: String? = nil,
        requireTLS: Bool = true,
        timeout: Duration = .seconds(30)
    ) {
        self.url = url
        self.username = username
        self.password = password
        self.requireTLS = requireTLS
        self.timeout = timeout
    }

    package var description: String { "SMTP settings" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

package struct MailFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server's reply code when it refused (4xx or 5xx).
    package let code: Int?
    /// Trying the same mail again later has no hope without a change on somebody's side.
    package let isPermanent: Bool
    package let written: ClientFailure.Written
    /// For the log; no addresses, no content.
    package let text: String

    package var description: String {
        "\(isPermanent ? "permanent" : "temporary")\(code.map { ", reply \($0)" } ?? ""): \(text)"
    }

    init(refusing text: String) {
        (code, isPermanent, written, self.text) = (nil, true, .nothing, text)
    }
}

extension MailFailure {
    /// The reply code decides where there is one: 4xx asks to come back later, 5xx does not. Without one, a
    /// refused login, certificate or STARTTLS needs a person; the network's troubles pass.
    init(_ outcome: FailedTransfer) {
        let reply = outcome.replyCode
        code = reply >= 400 ? reply : nil
        written = outcome.failure.written
        text = outcome.failure.text
        isPermanent = reply >= 500 || (reply < 400 && SMTPCode.isPermanent(outcome.curlCode))
    }
}
