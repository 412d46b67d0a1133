import HTTPClient
import Testing

/// A started client that is stopped when the test's body has ended, however it ends.
func withClient<Result>(
    _ adjust: (inout HTTPClientSettings) -> Void = { _ in },
    _ body: (HTTPClient) async throws -> Result
) async throws -> Result {
    var settings = HTTPClientSettings()
    adjust(&settings)
    let client = HTTPClient(settings)
    try client.start()
    do {
        let result = try await body(client)
        await client.stop()
        return result
    } catch {
        await client.stop()
        throw error
    }
}

func post(_ url: String, _ body: String = "{\"to\":\"someone\"}", timeout: Duration = .seconds(10))
    -> ClientRequest
{
    ClientRequest(
        method: "POST",
        url: url,
        headers: [("Content-Type", "application/json")],
        body: Array(body.utf8),
        timeout: timeout
    )
}

extension HTTPClient {
    /// The failure of a request that must fail.
    func failure(of request: ClientRequest) async -> ClientFailure? {
        do throws(ClientFailure) {
            let response = try await send(request)
            Issue.record("answered \(response.status) where a failure was expected")
            return nil
        } catch {
            return error
        }
    }
}
