import HTTPClient
import Runtime
import Storage

struct SlackChannel: TellingChannel {
    let channel = NotificationChannel.slack
    /// Slack takes one message a second for each webhook, short bursts aside.
    let pace = Duration.seconds(1)
    let client: HTTPClient
    let url: Secret
    let link: String?

    func tell(_ text: AlertText, to destination: String, isAlert: Bool) async -> DeliveryResult {
        guard destination == AlerterSettings.slackSetting else {
            return .refused("no such Slack destination")
        }
        let request = ClientRequest(
            method: "POST",
            url: url.reveal(),
            headers: [("Content-Type", "application/json")],
            body: SlackMessage.body(of: text, link: isAlert ? link : nil),
            timeout: AlerterSettings.slackTimeout,
            responseBytesMax: 16 << 10
        )
        do {
            let response = try await client.send(request)
            return SlackAnswer.result(
                status: response.status,
                body: response.body,
                retryAfter: response.header("Retry-After")
            )
        } catch {
            return SlackAnswer.result(error)
        }
    }
}

struct MailChannel: TellingChannel {
    let channel = NotificationChannel.email
    let pace = Duration.zero
    let client: HTTPClient
    let server: SMTPSettings
    let from: MailAddress
    let link: String?

    func tell(_ text: AlertText, to destination: String, isAlert: Bool) async -> DeliveryResult {
        let mail = AlertMail.message(of: text, from: from, to: destination, isAlert: isAlert, link: link)
        do {
            try await client.send(mail: mail, through: server)
            return .sent
        } catch {
            return MailAnswer.result(error)
        }
    }
}
