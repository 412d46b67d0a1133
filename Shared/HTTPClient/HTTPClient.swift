internal import Synchronization

/// Outgoing HTTP and SMTP over libcurl: one thread per client, any number of callers.
///
/// **A request is never sent twice.** libcurl by itself repeats a request on a fresh connection when a
/// kept-alive connection dies before the first byte of the answer; for a message that would be a blind second
/// send. Here every repeat is stopped before its first byte (`TransferCallbacks.swift`), and the caller
/// learns how much was written. Redirects are not followed and the environment's proxy settings are ignored.
package final class HTTPClient: Sendable {
    private let loop: TransferLoop
    /// Mails have a thread of their own, started by the first: libcurl waits inside its own code for a mail
    /// server's last replies, and no request may wait with it. So mails go out one after the other.
    private let mailLoop: TransferLoop

    package init(_ settings: HTTPClientSettings = HTTPClientSettings()) {
        loop = TransferLoop(settings, for: .requests)
        mailLoop = TransferLoop(settings, for: .mails)
    }

    deinit {
        loop.beginStopping()
        mailLoop.beginStopping()
    }

    /// Starts the client's thread. Requests sent before wait for it.
    package func start() throws(ClientFailure) {
        try loop.start()
    }

    /// Waits for the whole answer. Whatever status the server answers is an answer, not a failure.
    /// When the waiting task is cancelled, the request ends with `.cancelled` and its connection is closed.
    package func send(_ request: ClientRequest) async throws(ClientFailure) -> ClientResponse {
        try RequestCheck.check(request)
        switch await loop.run(.request(request)) {
        case .answered(let response): return response
        case .failed(let outcome): throw outcome.failure
        }
    }

    /// Ends what is in flight with `.stopped`, closes all connections and returns when the thread has ended.
    package func stop() async {
        await loop.stop()
        await mailLoop.stop()
    }

    package var statistics: HTTPClientStatistics { loop.statistics }

    /// Hands one mail to an SMTP server; returns when the server has accepted it for all recipients.
    package func send(mail message: MailMessage, through server: SMTPSettings) async throws(MailFailure) {
        let prepared = try PreparedMail(message, through: server)
        do throws(ClientFailure) {
            try mailLoop.start()
        } catch {
            throw MailFailure(FailedTransfer(failure: error))
        }
        switch await mailLoop.run(.mail(prepared)) {
        case .answered: return
        case .failed(let outcome): throw MailFailure(outcome)
        }
    }
}
