import HTTPClient
import Testing

struct MailTests {
    private var message: MailMessage {
        MailMessage(
            from: MailAddress("alerts@tidings.test", name: "Tidings"),
            to: [MailAddress("one@example.org"), MailAddress("two@example.org", name: "Zoë Straße")],
            subject: "Sender paused",
            text: "Dear all,\nthe sender is paused.\n.\nBye = bye"
        )
    }

    private func failure(_ message: MailMessage, _ server: SMTPSettings) async throws -> MailFailure? {
        try await withClient { client in
            do throws(MailFailure) {
                try await client.send(mail: message, through: server)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test
    func aMailArrivesWithItsHeadersAndText() async throws {
        let sink = try MailSink()
        defer { sink.stop() }
        #expect(try await failure(message, sink.settings) == nil)
        let mail = try #require(sink.mails.first)
        #expect(sink.commands.first == "EHLO tidings.test")
        #expect(mail.sender == "alerts@tidings.test")
        #expect(mail.recipients == ["one@example.org", "two@example.org"])
        #expect(mail.text.contains("From: Tidings <alerts@tidings.test>\r\n"))
        #expect(
            mail.text.contains("To: one@example.org,\r\n =?UTF-8?B?Wm/DqyBTdHJhw59l?= <two@example.org>\r\n")
        )
        #expect(mail.text.contains("Subject: Sender paused\r\n"))
        #expect(mail.text.contains("Auto-Submitted: auto-generated\r\n"))
        #expect(mail.text.contains("\r\nMessage-ID: <"))
        #expect(mail.text.contains("@tidings.test>\r\n"))
        #expect(mail.text.contains("\r\nDate: "))
        // The lone dot was stuffed on the way.
        #expect(mail.text.hasSuffix("Dear all,\r\nthe sender is paused.\r\n..\r\nBye =3D bye\r\n"))
        let withoutPairs = mail.text.replacing("\r\n", with: "")
        #expect(!withoutPairs.utf8.contains(0x0A) && !withoutPairs.utf8.contains(0x0D))
    }

    @Test
    func htmlTravelsBesideThePlainText() async throws {
        let sink = try MailSink()
        defer { sink.stop() }
        var message = message
        message.html = "<p>Grüße</p>"
        message.messageID = "alert-7.2@tidings.test"
        message.headers = [("References", "<alert-7.1@tidings.test>")]
        #expect(try await failure(message, sink.settings) == nil)
        let text = try #require(sink.mails.first?.text)
        #expect(text.contains("Message-ID: <alert-7.2@tidings.test>\r\n"))
        #expect(text.contains("References: <alert-7.1@tidings.test>\r\n"))
        #expect(text.contains("Content-Type: multipart/alternative; boundary="))
        #expect(text.contains("Content-Type: text/plain; charset=utf-8\r\n"))
        #expect(text.contains("Content-Type: text/html; charset=utf-8\r\n"))
        #expect(text.contains("<p>Gr=C3=BC=C3=9Fe</p>\r\n"))
    }

    @Test
    func longLinesAndSubjectsAreFolded() async throws {
        let sink = try MailSink()
        defer { sink.stop() }
        var message = message
        message.subject = String(repeating: "Größe und Länge 🙂 ", count: 20)
        message.text = String(repeating: "ä very long line ", count: 200) + "  \n "
        #expect(try await failure(message, sink.settings) == nil)
        let text = try #require(sink.mails.first?.text)
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        #expect(text.hasSuffix("=20\r\n=20\r\n"))
    }

    @Test
    func userNameAndPasswordAreGiven() async throws {
        let sink = try MailSink()
        defer { sink.stop() }
        var settings = sink.settings
        (settings.username, settings.password) = ("user", "secret")
        #expect(try await failure(message, settings) == nil)
        #expect(sink.commands.contains { $0.hasPrefix("AUTH PLAIN") })
        #expect(!"\(settings)".contains("secret"))
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("secret"))
    }

    @Test(arguments: [
        ("RCPT", "550 no such user", 550, true), ("RCPT", "450 mailbox busy", 450, false),
        ("MAIL", "553 not yours", 553, true), ("MAIL", "421 too many", 421, false),
        ("text", "554 spam", 554, true), ("text", "451 try later", 451, false),
        ("greeting", "554 go away", 554, true), ("greeting", "421 busy", 421, false),
    ])
    func theReplyCodeDecidesWhetherToTryAgain(
        _ word: String,
        _ reply: String,
        _ code: Int,
        _ isPermanent: Bool
    )
        async throws
    {
        let sink = try MailSink(replies: [word: reply])
        defer { sink.stop() }
        let failure = try #require(try await failure(message, sink.settings))
        #expect(failure.code == code)
        #expect(failure.isPermanent == isPermanent)
        #expect(sink.mails.isEmpty)
    }

    @Test
    func aRefusedLoginIsPermanent() async throws {
        let sink = try MailSink(replies: ["AUTH": "535 wrong"])
        defer { sink.stop() }
        var settings = sink.settings
        (settings.username, settings.password) = ("user", "wrong")
        let failure = try #require(try await failure(message, settings))
        #expect(failure.isPermanent)
        #expect(failure.code == 535)
        #expect(failure.written == .nothing)
    }

    @Test
    func withoutTLSNoMailLeavesWhereTLSIsRequired() async throws {
        let sink = try MailSink()
        defer { sink.stop() }
        var settings = sink.settings
        settings.requireTLS = true
        (settings.username, settings.password) = ("user", "secret")
        let failure = try #require(try await failure(message, settings))
        #expect(failure.isPermanent)
        #expect(failure.written == .nothing)
        #expect(!sink.commands.contains { $0.hasPrefix("AUTH") || $0.hasPrefix("MAIL") })
    }

    @Test
    func aServerThatIsAwayOrSilentIsTemporary() async throws {
        let away = SMTPSettings(
            url: "smtp://127.0.0.1:\(try ScriptedServer.refusedPort())",
            requireTLS: false
        )
        let refused = try #require(try await failure(message, away))
        #expect(!refused.isPermanent)
        #expect(refused.code == nil)
        #expect(refused.written == .nothing)

        let sink = try MailSink(replies: ["text": "hang"])
        defer { sink.stop() }
        var settings = sink.settings
        settings.timeout = .milliseconds(1500)
        let silent = try #require(try await failure(message, settings))
        #expect(!silent.isPermanent)
        #expect(silent.code == nil)
        #expect(silent.written == .all)
    }

    @Test
    func stoppingDoesNotWaitForASilentMailServer() async throws {
        let sink = try MailSink(replies: ["text": "hang"])
        defer { sink.stop() }
        let client = HTTPClient()
        let task = Task { try await client.send(mail: message, through: sink.settings) }
        #expect(await eventually { sink.commands.contains("DATA") })
        let clock = ContinuousClock()
        let took = await clock.measure { await client.stop() }
        #expect(took < .seconds(5))
        await #expect(throws: MailFailure.self) { try await task.value }
    }

    @Test
    func nothingCanInjectAHeaderOrACommand() async throws {
        let sink = try MailSink()
        defer { sink.stop() }
        var messages = [MailMessage](repeating: message, count: 7)
        messages[0].subject = "Hello\r\nBcc: all@example.org"
        messages[1].to = [MailAddress("one@example.org>\r\nRCPT TO:<two@example.org")]
        messages[2].from = MailAddress("a@b.test", name: "x\nBcc: y@z.test")
        messages[3].messageID = "a@b>\r\nBcc: <c@d"
        messages[4].headers = [("X-One", "a\r\nBcc: b@c.test")]
        messages[5].headers = [("X-One: a\r\nBcc", "b@c.test")]
        messages[6].to = []
        for message in messages {
            let failure = try #require(try await failure(message, sink.settings))
            #expect(failure.isPermanent)
            #expect(failure.written == .nothing)
        }
        #expect(sink.commands.isEmpty)
    }
}
