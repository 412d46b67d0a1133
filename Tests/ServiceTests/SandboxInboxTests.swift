import HTTPClient
import JSON
import TestSupport
import Testing

@testable import sandbox

@Suite struct SandboxInboxTests {
    private func mail(_ sandbox: SandboxFixture, subject: String, text: String, html: String? = nil)
        async throws
    {
        try await sandbox.client.send(
            mail: MailMessage(
                from: MailAddress("tidings@example.test", name: "Tidings"),
                to: [MailAddress("ada@example.test")],
                subject: subject,
                text: text,
                html: html
            ),
            through: SMTPSettings(url: sandbox.mailURL, requireTLS: false)
        )
    }

    @Test func aMailIsShownDecoded() async throws {
        let sandbox = try await SandboxFixture()
        let subject = "Perché l’agenda di Ada è così piena, e così a lungo, anche oggi?"
        try await mail(sandbox, subject: subject, text: "Ciao è\n.\n..dots\nend", html: "<p>Ciao è</p>")
        let item = try #require(try await sandbox.inbox().first)
        #expect(item["kind"]?.string == "mail")
        #expect(item["subject"]?.string == subject)
        #expect(item["text"]?.string == "Ciao è\n.\n..dots\nend")
        #expect(item["html"]?.string == "<p>Ciao è</p>")
        #expect(item["from"]?.string == "Tidings <tidings@example.test>")
        #expect(item["to"]?.elements?.first?.string == "ada@example.test")
        await sandbox.stop()
    }

    @Test func aMailServerThatRefusesOnDemandTakesTheNext() async throws {
        let sandbox = try await SandboxFixture()
        try await sandbox.call("POST", "/oracle/smtp", #"{"fail":1,"code":550}"#)
        let failure = await #expect(throws: MailFailure.self) {
            try await mail(sandbox, subject: "a", text: "b")
        }
        #expect(failure?.code == 550)
        #expect(failure?.isPermanent == true)
        try await mail(sandbox, subject: "a", text: "b")
        #expect(try await sandbox.inbox().count == 1)
        await sandbox.stop()
    }

    @Test func aConversationFollowsTheProtocol() {
        var dialogue = SMTPDialogue()
        func say(_ line: String) -> SMTPDialogue.Step {
            dialogue.read(Array(line.utf8)[...], failure: { nil })
        }
        func code(_ line: String) -> String {
            switch say(line) {
            case .reply(let text), .close(let text): String(text.prefix(3))
            case .received: "250"
            case .nothing: "-"
            }
        }
        #expect(code("EHLO there") == "250")
        #expect(code("RCPT TO:<a@b>") == "503")
        #expect(code("DATA") == "503")
        #expect(code("MAIL FROM nobody") == "501")
        #expect(code("MAIL FROM:<> SIZE=12") == "250")
        #expect(code("RCPT TO:<a@b>") == "250")
        #expect(code("VRFY a") == "502")
        #expect(code("NOOP") == "250")
        #expect(code("DATA") == "354")
        #expect(code("Subject: x") == "-")
        #expect(code("..one dot") == "-")
        let mail = SMTPDialogue.Mail(from: "", to: ["a@b"], text: Array("Subject: x\r\n.one dot\r\n".utf8))
        #expect(say(".") == .received(mail))
        #expect(code("DATA") == "503")
        #expect(code("RSET") == "250")
        #expect(code("QUIT") == "221")
    }

    @Test func aMailBeyondTheLimitIsRefusedAndTheNextIsTaken() {
        var dialogue = SMTPDialogue()
        func say(_ line: [UInt8]) -> SMTPDialogue.Step { dialogue.read(line[...], failure: { nil }) }
        func open() {
            _ = say(Array("MAIL FROM:<a@b>".utf8))
            _ = say(Array("RCPT TO:<a@b>".utf8))
            _ = say(Array("DATA".utf8))
        }
        open()
        let line = [UInt8](repeating: 0x61, count: 1 << 20)
        for _ in 0..<11 { #expect(say(line) == .nothing) }
        #expect(say([0x2E]) == .reply("552 larger than \(SMTPDialogue.mailBytesMax) bytes\r\n"))
        open()
        #expect(say([0x2E]) == .received(SMTPDialogue.Mail(from: "a@b", to: ["a@b"], text: [])))
    }

    @Test(arguments: [
        ("Subject: =?utf-8?Q?Caff=C3=A8_nero?=\r\n\r\nx", "Caffè nero", "x"),
        ("Subject: =?UTF-8?B?w6g=?=\r\n =?UTF-8?B?w6g=?= end\r\n\r\nx", "èè end", "x"),
        ("Content-Transfer-Encoding: base64\r\n\r\nw6gg\r\nw6g=\r\n", "", "è è"),
        ("Content-Transfer-Encoding: quoted-printable\r\n\r\na=\r\nb =C3=A8 =zz", "", "ab è =zz"),
        ("no header at all", "", ""),
        (
            "Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreamble\r\n--b\r\nContent-Type: text/plain\r\n\r\none"
                + "\r\n--b\r\nContent-Type: text/html\r\n\r\n<i>two</i>\r\n--b--\r\nepilogue", "", "one"
        ),
    ])
    func anyMailIsReadAsFarAsItGoes(raw: String, subject: String, text: String) {
        let reading = MailReading(Array(raw.utf8))
        #expect(reading.subject == subject)
        #expect(reading.text == text)
    }

    @Test func noMailCanBreakTheReader() {
        var generator = SeededGenerator(seed: 11)
        let pieces = [
            "--b", "\r\n", "\r\n\r\n", "Content-Type: multipart/mixed; boundary=b", "=?utf-8?B?", "?=", "=",
            "=C", "\0",
            "Subject:", " ", "Content-Transfer-Encoding: base64", "--b--", "boundary=\"", ";", "è",
        ]
        for _ in 0..<3_000 {
            let count = Int.random(in: 0...20, using: &generator)
            let raw = (0..<count).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            _ = MailReading(Array(raw.utf8))
        }
    }

    @Test func slackAnswersAsSlackDoes() async throws {
        let sandbox = try await SandboxFixture()
        func post(_ body: String) async throws -> ClientResponse {
            try await sandbox.client.send(
                ClientRequest(
                    method: "POST",
                    url: sandbox.url + "/slack/services/T/B/x",
                    body: Array(body.utf8)
                )
            )
        }
        let taken = try await post(#"{"text":"<b>hi</b>"}"#)
        #expect(taken.status == 200)
        #expect(taken.body == Array("ok".utf8))
        #expect(try await post("{}").body == Array("no_text".utf8))
        #expect(try await post("nonsense").body == Array("invalid_payload".utf8))
        let long = String(repeating: "x", count: 3_001)
        let block = #"{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"\#(long)"}}]}"#
        #expect(try await post(block).status == 400)
        try await sandbox.call("POST", "/oracle/slack", #"{"fail":1,"status":429}"#)
        let limited = try await post(#"{"text":"again"}"#)
        #expect(limited.status == 429)
        #expect(limited.header("Retry-After") == "1")
        #expect(try await post(#"{"text":"again"}"#).status == 200)
        let page = try await sandbox.text("/inbox")
        #expect(page.contains("&lt;b&gt;hi&lt;/b&gt;"))
        #expect(!page.contains("<b>hi"))
        await sandbox.stop()
    }
}
