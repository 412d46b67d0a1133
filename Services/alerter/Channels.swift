import HTTPClient
import Runtime
import Storage

/// Slack: the platform's by its bot or its incoming webhook, tenants' by their own webhooks.
struct SlackChannel: TellingChannel {
    let channel = NotificationChannel.slack
    /// Slack takes one message a second for each webhook, short bursts aside.
    let pace = Duration.seconds(1)
    let client: HTTPClient
    /// Nil where the platform tells nothing by webhook.
    let url: Secret?
    let bot: SlackBot?
    let secrets: SecretStore
    /// Development: tenants' webhooks on this machine.
    let allowsPrivate: Bool

    func tell(_ telling: Telling) async -> (result: DeliveryResult, thread: SlackThread?) {
        if let bot, telling.destination == AlerterSettings.slackBotSetting { return await bot.tell(telling) }
        guard let (url, reach) = target(of: telling) else { return (.refused("no such Slack destination"), nil) }
        let request = ClientRequest(
            method: "POST",
            url: url,
            headers: [("Content-Type", "application/json")],
            body: SlackMessage.body(of: telling.text),
            timeout: AlerterSettings.slackTimeout,
            responseBytesMax: 16 << 10,
            reach: reach
        )
        do {
            let response = try await client.send(request)
            let result = SlackAnswer.result(
                status: response.status,
                body: response.body,
                retryAfter: response.header("Retry-After")
            )
            return (result, nil)
        } catch {
            return (SlackAnswer.result(error), nil)
        }
    }

    /// Nil for what does not open, or is no destination any more.
    private func target(of telling: Telling) -> (url: String, reach: ClientRequest.Reach)? {
        guard let address = telling.address else {
            guard telling.destination == AlerterSettings.slackSetting, let url else { return nil }
            return (url.reveal(), .anywhere)
        }
        let opened = try? secrets.open(
            address.sealed, for: .slackWebhook(address.destinationID), tenantID: address.tenantID,
            sealedDataKey: address.sealedDataKey)
        return opened.map { ($0.reveal(), allowsPrivate ? .anywhere : .publicOnly) }
    }
}

struct MailChannel: TellingChannel {
    let channel = NotificationChannel.email
    let pace = Duration.zero
    let client: HTTPClient
    let server: SMTPSettings
    let from: MailAddress

    func tell(_ telling: Telling) async -> (result: DeliveryResult, thread: SlackThread?) {
        do {
            try await client.send(mail: AlertMail.message(of: telling, from: from), through: server)
            return (.sent, nil)
        } catch {
            return (MailAnswer.result(error), nil)
        }
    }
}
