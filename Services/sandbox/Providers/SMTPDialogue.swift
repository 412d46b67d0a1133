/// One SMTP conversation (RFC 5321, the least a server must know): lines in, replies out, mails at the end.
struct SMTPDialogue: Sendable {
    struct Mail: Sendable, Equatable {
        var from: String
        var to: [String]
        /// Lines end in CRLF, dots are unstuffed.
        var text: [UInt8]
    }

    enum Step: Sendable, Equatable {
        case reply(String)
        /// The mail has arrived whole.
        case received(Mail)
        case close(String)
        case nothing
    }

    static let mailBytesMax = 10 << 20
    static let lineBytesMax = 16 << 10
    static let recipientsMax = 100

    static let greeting = "220 sandbox ESMTP\r\n"

    private var from: String?
    private var to: [String] = []
    private var text: [UInt8] = []
    private var isReadingData = false
    private var isTooLarge = false

    /// - Parameters:
    ///   - line: without its CRLF.
    ///   - failure: asked at MAIL for the code to refuse with.
    mutating func read(_ line: ArraySlice<UInt8>, failure: () -> Int?) -> Step {
        if isReadingData { return readData(line) }
        let command = String(decoding: line, as: UTF8.self)
        let verb = command.prefix { $0 != " " && $0 != ":" }.uppercased()
        switch verb {
        case "EHLO":
            return .reply("250-sandbox\r\n250-SIZE \(Self.mailBytesMax)\r\n250-8BITMIME\r\n250 HELP\r\n")
        case "HELO": return .reply("250 sandbox\r\n")
        case "NOOP": return .reply("250 fine\r\n")
        case "RSET":
            reset()
            return .reply("250 forgotten\r\n")
        case "QUIT": return .close("221 goodbye\r\n")
        case "MAIL":
            if let code = failure() { return .reply("\(code) refused on demand\r\n") }
            guard let address = Self.address(in: command) else { return .reply("501 no address\r\n") }
            reset()
            from = address
            return .reply("250 sender known\r\n")
        case "RCPT":
            guard from != nil else { return .reply("503 MAIL comes first\r\n") }
            guard let address = Self.address(in: command), !address.isEmpty else {
                return .reply("501 no address\r\n")
            }
            guard to.count < Self.recipientsMax else { return .reply("452 too many recipients\r\n") }
            to.append(address)
            return .reply("250 recipient known\r\n")
        case "DATA":
            guard from != nil, !to.isEmpty else { return .reply("503 MAIL and RCPT come first\r\n") }
            isReadingData = true
            return .reply("354 end with a dot\r\n")
        default: return .reply("502 not known here\r\n")
        }
    }

    private mutating func readData(_ line: ArraySlice<UInt8>) -> Step {
        let dot = UInt8(ascii: ".")
        guard line.elementsEqual([dot]) else {
            guard !isTooLarge, text.count + line.count + 2 <= Self.mailBytesMax else {
                isTooLarge = true
                text = []
                return .nothing
            }
            text += line.first == dot ? line.dropFirst() : line
            text += [0x0D, 0x0A]
            return .nothing
        }
        defer { reset() }
        if isTooLarge { return .reply("552 larger than \(Self.mailBytesMax) bytes\r\n") }
        return .received(Mail(from: from ?? "", to: to, text: text))
    }

    private mutating func reset() {
        (from, to, text, isReadingData, isTooLarge) = (nil, [], [], false, false)
    }

    /// `MAIL FROM:<a@b> SIZE=1` → `a@b`; `<>` is the empty address.
    private static func address(in command: String) -> String? {
        guard let open = command.firstIndex(of: "<"), let close = command[open...].firstIndex(of: ">") else {
            return nil
        }
        return String(command[command.index(after: open)..<close])
    }
}
