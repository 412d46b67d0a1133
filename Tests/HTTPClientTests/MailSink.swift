import HTTPClient
import Synchronization

/// An SMTP server in the test: takes every mail, or answers a command as the test says.
final class MailSink: Sendable {
    struct Mail: Sendable, Equatable {
        var sender = ""
        var recipients: [String] = []
        var text = ""
    }

    private final class Store: Sendable {
        let mails = Mutex<[Mail]>([])
        let commands = Mutex<[String]>([])
    }

    private let store: Store
    private let server: ScriptedServer

    var mails: [Mail] { store.mails.withLock { $0 } }
    var commands: [String] { store.commands.withLock { $0 } }
    var settings: SMTPSettings {
        SMTPSettings(url: "smtp://127.0.0.1:\(server.port)/tidings.test", requireTLS: false)
    }

    /// `replies`: for the first word of a command (or "greeting", "text") the reply instead of the friendly
    /// one.
    init(replies: [String: String] = [:], offers: [String] = ["AUTH PLAIN"]) throws {
        let store = Store()
        self.store = store
        server = try ScriptedServer { connection in
            connection.write((replies["greeting"] ?? "220 sink") + "\r\n")
            var mail = Mail()
            while let line = connection.readLine() {
                store.commands.withLock { $0.append(line) }
                let word = String(line.prefix { $0 != " " }).uppercased()
                if let reply = replies[word] {
                    connection.write(reply + "\r\n")
                    continue
                }
                switch word {
                case "EHLO":
                    connection.write(
                        (["sink"] + offers).map { "250-\($0)\r\n" }.joined() + "250 SIZE 1000000\r\n"
                    )
                case "MAIL":
                    mail = Mail(sender: Self.address(in: line))
                    connection.write("250 ok\r\n")
                case "RCPT":
                    mail.recipients.append(Self.address(in: line))
                    connection.write("250 ok\r\n")
                case "AUTH": connection.write("235 welcome\r\n")
                case "DATA":
                    connection.write("354 go on\r\n")
                    guard let text = connection.readUntil(Array("\r\n.\r\n".utf8)) else { return }
                    if replies["text"] == "hang" { return connection.readToEnd() }
                    mail.text = String(decoding: text.dropLast(3), as: UTF8.self)
                    let kept = mail
                    if replies["text"] == nil { store.mails.withLock { $0.append(kept) } }
                    connection.write((replies["text"] ?? "250 taken") + "\r\n")
                case "QUIT":
                    connection.write("221 bye\r\n")
                    return
                default: connection.write("502 what\r\n")
                }
            }
        }
    }

    func stop() { server.stop() }

    private static func address(in line: String) -> String {
        String(line.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
    }
}
