internal import Glibc

/// A checked mail in the form that goes over the wire.
struct PreparedMail: Sendable {
    let server: SMTPSettings
    let sender: String
    let recipients: [String]
    /// RFC 5322, lines ending in CRLF. libcurl stuffs dots and ends the message.
    let text: [UInt8]

    private static let recipientsMax = 100

    init(_ message: MailMessage, through server: SMTPSettings) throws(MailFailure) {
        guard server.url.hasPrefix("smtp://") || server.url.hasPrefix("smtps://"),
            server.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw MailFailure(refusing: "the mail server's URL is neither smtp nor smtps") }
        guard (1...Self.recipientsMax).contains(message.to.count) else {
            throw MailFailure(refusing: "a mail needs 1 to \(Self.recipientsMax) recipients")
        }
        self.server = server
        sender = message.from.address
        recipients = message.to.map(\.address)
        text = try MailText.render(message, at: time(nil))
    }
}

enum MailText {
    private static let encodedWordBytesMax = 39

    static func render(_ message: MailMessage, at seconds: Int) throws(MailFailure) -> [UInt8] {
        var lines: [String] = []
        lines.append("From: \(try header(message.from))")
        var recipients: [String] = []
        for address in message.to { recipients.append(try header(address)) }
        lines.append("To: \(recipients.joined(separator: ",\r\n "))")
        lines.append("Subject: \(try encodedText(message.subject))")
        lines.append("Date: \(date(seconds))")
        lines.append("Message-ID: <\(try messageID(of: message))>")
        if let earlier = message.inReplyTo {
            try check(earlier)
            lines += ["In-Reply-To: <\(earlier)>", "References: <\(earlier)>"]
        }
        lines.append("Auto-Submitted: auto-generated")
        lines.append("MIME-Version: 1.0")
        for (name, value) in message.headers {
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }) else {
                throw MailFailure(refusing: "a header has no valid name")
            }
            lines.append("\(name): \(try encodedText(value))")
        }
        lines += body(of: message)
        return Array(lines.joined(separator: "\r\n").utf8) + [0x0D, 0x0A]
    }

    // MARK: Headers

    private static func header(_ address: MailAddress) throws(MailFailure) -> String {
        try check(address.address)
        guard let name = address.name, !name.isEmpty else { return address.address }
        try refuseControlCharacters(name)
        let isPlain = name.utf8.allSatisfy { isPlainWordByte($0) }
        return "\(isPlain && name.utf8.count <= 60 ? name : encodedWords(name)) <\(address.address)>"
    }

    /// Only plain ASCII addresses of the usual shape: nothing that could end the envelope's command or a
    /// header.
    private static func check(_ address: String) throws(MailFailure) {
        let parts = address.utf8.split(separator: 0x40, omittingEmptySubsequences: false)
        let isUsual = address.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && !"<>()[]\\,;:\"".utf8.contains($0)
        }
        guard isUsual, parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), address.utf8.count <= 254 else {
            throw MailFailure(refusing: "a mail address is not valid")
        }
    }

    private static func messageID(of message: MailMessage) throws(MailFailure) -> String {
        if let given = message.messageID {
            try check(given)
            return given
        }
        let domain = message.from.address.split(separator: "@").last.map(String.init) ?? "localhost"
        let random = UInt64.random(in: .min ... .max)
        return "\(String(time(nil), radix: 36)).\(String(random, radix: 36))@\(domain)"
    }

    private static func encodedText(_ text: String) throws(MailFailure) -> String {
        try refuseControlCharacters(text)
        let isPlain = text.utf8.count <= 60 && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        // Text that looks like an encoded word would be decoded by the reader.
        return isPlain && !text.utf8.starts(with: "=?".utf8) && !containsEncodedWord(text)
            ? text : encodedWords(text)
    }

    private static func containsEncodedWord(_ text: String) -> Bool {
        zip(text.utf8, text.utf8.dropFirst()).contains { $0 == 0x3D && $1 == 0x3F }
    }

    private static func refuseControlCharacters(_ text: String) throws(MailFailure) {
        guard text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }) else {
            throw MailFailure(refusing: "a mail header holds control characters")
        }
    }

    private static func isPlainWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }

    /// RFC 2047 words, split between characters, one a line; short enough to leave the first line, with the
    /// header's name, below 76 characters.
    private static func encodedWords(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if words[words.count - 1].count + bytes.count > encodedWordBytesMax { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?UTF-8?B?\(MailEncoding.base64($0))?=" }.joined(separator: "\r\n ")
    }

    /// RFC 5322 in universal time.
    static func date(_ seconds: Int) -> String {
        var (moment, parts) = (seconds, tm())
        gmtime_r(&moment, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)])"
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return "\(day) \(parts.tm_year + 1900) \(clock) +0000"
    }

    // MARK: Body

    private static func body(of message: MailMessage) -> [String] {
        guard let html = message.html else { return part("text/plain", message.text) }
        // Quoted-printable never holds "=_", so the boundary cannot occur in a part.
        let boundary = "=_\(String(UInt64.random(in: .min ... .max), radix: 36))"
        return ["Content-Type: multipart/alternative; boundary=\"\(boundary)\"", "", "--\(boundary)"]
            + part("text/plain", message.text) + ["--\(boundary)"] + part("text/html", html) + [
                "--\(boundary)--"
            ]
    }

    private static func part(_ type: String, _ text: String) -> [String] {
        [
            "Content-Type: \(type); charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
            MailEncoding.quotedPrintable(text),
        ]
    }
}
