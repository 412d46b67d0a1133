internal import Crypto
package import HTTPClient
internal import JSON
package import Models

/// Twilio's templates: a Content, and the request to WhatsApp to approve it (Content API).
package struct TwilioContentAPI: Sendable {
    package static let pageEntries = 100

    private let client: HTTPClient
    private let base: String
    private let deadline: Duration

    /// - Parameter baseURL: `https://content.twilio.com`, or a stand-in's address.
    package init(client: HTTPClient, baseURL: String, deadline: Duration) {
        self.client = client
        base = "\(baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL)/v1/"
        self.deadline = deadline
    }

    /// - Returns: the `HX…` of the new content, which nobody has approved yet.
    package func create(
        _ proposal: TemplateProposal, in accountID: String, token: String
    ) async -> ManagementReply<String> {
        let body = TwilioContent.body(of: proposal)
        return await call("POST", "Content", accountID, token, body: body).then { root in
            guard let sid = root["sid"]?.string else { return .unreadable("an answer without a sid") }
            return .answered(sid)
        }
    }

    /// Hands a content in for review.
    ///
    /// - Returns: its status as Meta would write it.
    package func requestApproval(
        of sid: String, _ proposal: TemplateProposal, allowsCategoryChange: Bool, in accountID: String, token: String
    ) async -> ManagementReply<String> {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("name", proposal.name)
            writer.field("category", proposal.category.rawValue.uppercased())
            writer.field("allow_category_change", allowsCategoryChange)
        }
        return await call("POST", "Content/\(sid)/ApprovalRequests/whatsapp", accountID, token, body: writer.bytes)
            .map { TwilioContent.status($0["status"]?.string) ?? "PENDING" }
    }

    package func delete(_ sid: String, in accountID: String, token: String) async -> ManagementReply<Void> {
        await call("DELETE", "Content/\(sid)", accountID, token).map { _ in }
    }

    /// Contents with what became of their approval; what was never handed in is left out.
    ///
    /// - Parameter page: what the page before named as the next.
    package func list(
        _ accountID: String, page: String? = nil, token: String
    ) async -> ManagementReply<(templates: [ListedTemplate], next: String?)> {
        let path = "ContentAndApprovals?PageSize=\(Self.pageEntries)" + (page.map { "&\($0)" } ?? "")
        return await call("GET", path, accountID, token).map { root in
            (
                templates: (root["contents"]?.elements ?? []).compactMap(TwilioContent.read),
                next: root["meta"]?["next_page_url"]?.string.flatMap(Self.pageParameters)
            )
        }
    }

    /// Only the words that name the page: an address from an answer is never called as it is.
    private static func pageParameters(_ url: String) -> String? {
        guard let question = url.firstIndex(of: "?") else { return nil }
        let parameters = url[url.index(after: question)...].split(separator: "&").filter {
            ($0.hasPrefix("Page=") || $0.hasPrefix("PageToken="))
                && $0.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") }
        }
        return parameters.isEmpty ? nil : parameters.joined(separator: "&")
    }

    private func call(
        _ method: String, _ path: String, _ accountID: String, _ token: String, body: [UInt8]? = nil
    ) async -> ManagementReply<JSONValue> {
        var request = ClientRequest(
            method: method, url: base + path,
            headers: [("Authorization", "Basic " + Base64.encode(Array("\(accountID):\(token)".utf8)))],
            timeout: deadline, responseBytesMax: MetaTemplateAPI.answerBytesMax)
        if let body {
            request.headers.append(("Content-Type", "application/json"))
            request.body = body
        }
        return await client.manage(request) { root, status in
            guard let code = root?["code"]?.integer else {
                return (400...499).contains(status) && status != 429
                    ? ProviderError(code: ProviderError.noCode, httpStatus: status) : nil
            }
            return ProviderError(
                code: Int(clamping: code), httpStatus: status,
                details: root?["message"]?.string.map { String($0.prefix(500)) },
                traceID: root?["more_info"]?.string.map { String($0.prefix(120)) })
        }
    }
}
