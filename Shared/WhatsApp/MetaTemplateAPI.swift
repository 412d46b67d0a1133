package import HTTPClient
internal import JSON
package import Models

/// Templates of a WhatsApp Business Account: Meta, message templates (Graph API).
package struct MetaTemplateAPI: Sendable {
    package static let answerBytesMax = 4 << 20
    package static let pageEntries = 100
    /// The account has content of that name and language already.
    package static let existsSubcode = 2_388_024
    private static let fields =
        "id,name,language,status,category,components,parameter_format,quality_score,rejected_reason,correct_category"

    private let client: HTTPClient
    private let base: String
    private let deadline: Duration

    /// - Parameter baseURL: `https://graph.facebook.com`, or a stand-in's address.
    package init(client: HTTPClient, baseURL: String, version: String, deadline: Duration) {
        self.client = client
        base = "\(baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL)/\(version)/"
        self.deadline = deadline
    }

    /// What Meta made of a new template.
    package struct Created: Sendable {
        package let id: String
        package let status: String
        package let category: String?
    }

    package func create(
        _ proposal: TemplateProposal, components: [UInt8], allowsCategoryChange: Bool, in accountID: String, token: String
    ) async -> ManagementReply<Created> {
        var writer = JSONWriter(capacity: 2_048)
        writer.object { writer in
            writer.field("name", proposal.name)
            writer.field("language", proposal.language)
            writer.field("category", proposal.category.rawValue.uppercased())
            writer.field("parameter_format", proposal.content.parameterFormat.rawValue.uppercased())
            writer.field("components", raw: components)
            writer.field("message_send_ttl_seconds", proposal.sendTTLSeconds)
            writer.field("allow_category_change", allowsCategoryChange)
        }
        return await call("POST", "\(accountID)/message_templates", token, body: writer.bytes).then { root in
            guard let id = Self.id(root["id"]) else { return .unreadable("an answer without an id") }
            return .answered(
                Created(id: id, status: root["status"]?.string ?? "PENDING", category: root["category"]?.string))
        }
    }

    /// Replaces all components. Meta takes the category of templates that are not approved only.
    package func edit(
        _ id: String, components: [UInt8], category: TemplateCategory?, sendTTLSeconds: Int?, token: String
    ) async -> ManagementReply<Void> {
        var writer = JSONWriter(capacity: 2_048)
        writer.object { writer in
            writer.field("category", category.map { $0.rawValue.uppercased() })
            writer.field("components", raw: components)
            writer.field("message_send_ttl_seconds", sendTTLSeconds)
        }
        return await call("POST", id, token, body: writer.bytes).map { _ in }
    }

    package func template(_ id: String, token: String) async -> ManagementReply<ListedTemplate?> {
        await call("GET", "\(id)?fields=\(Self.fields)", token).map { Self.read($0) }
    }

    /// - Parameters:
    ///   - name: only templates of this name; Meta also finds longer names that hold it.
    ///   - after: the cursor of the page before.
    package func list(
        _ accountID: String, name: String? = nil, after: String? = nil, token: String
    ) async -> ManagementReply<(templates: [ListedTemplate], after: String?)> {
        var path = "\(accountID)/message_templates?fields=\(Self.fields)&limit=\(Self.pageEntries)"
        if let name { path += "&name=\(Self.escaped(name))" }
        if let after { path += "&after=\(Self.escaped(after))" }
        return await call("GET", path, token).map { root in
            let paging = root["paging"]
            return (
                templates: (root["data"]?.elements ?? []).compactMap(Self.read),
                after: paging?["next"]?.string == nil ? nil : paging?["cursors"]?["after"]?.string
            )
        }
    }

    /// Deletes one translation.
    package func delete(_ id: String, name: String, in accountID: String, token: String) async -> ManagementReply<Void> {
        let path = "\(accountID)/message_templates?hsm_id=\(Self.escaped(id))&name=\(Self.escaped(name))"
        return await call("DELETE", path, token).map { _ in }
    }

    package func unpause(_ id: String, token: String) async -> ManagementReply<Void> {
        await call("POST", "\(id)/unpause", token, body: Array("{}".utf8)).map { _ in }
    }

    /// Uploads an example for a review (resumable upload API): the app's own session, then the bytes.
    ///
    /// - Returns: the handle that names the file in `header_handle`.
    package func upload(_ file: [UInt8], type: String, token: String) async -> ManagementReply<String> {
        await call("GET", "debug_token?input_token=\(Self.escaped(token))", token).then { root in
            guard let app = Self.id(root["data"]?["app_id"]) else { return .unreadable("the token names no app") }
            let path = "\(app)/uploads?file_name=example&file_length=\(file.count)&file_type=\(Self.escaped(type))"
            return await call("POST", path, token).then { root in
                guard let session = root["id"]?.string else { return .unreadable("an upload without an id") }
                return await send(file, to: session, token)
            }
        }
    }

    private func send(_ file: [UInt8], to session: String, _ token: String) async -> ManagementReply<String> {
        var request = request("POST", session, token)
        // This one call wants another word before the token (Meta, resumable upload).
        request.headers = [
            ("Authorization", "OAuth \(token)"), ("file_offset", "0"), ("Content-Type", "application/octet-stream"),
        ]
        request.body = file
        request.timeout = deadline * 4
        return await client.manage(request, error: Self.error).then { root in
            guard let handle = root["h"]?.string else { return .unreadable("an upload without a handle") }
            return .answered(handle)
        }
    }

    // MARK: Small pieces

    private func call(
        _ method: String, _ path: String, _ token: String, body: [UInt8]? = nil
    ) async -> ManagementReply<JSONValue> {
        var request = request(method, path, token)
        if let body {
            request.headers.append(("Content-Type", "application/json"))
            request.body = body
        }
        return await client.manage(request, error: Self.error)
    }

    private func request(_ method: String, _ path: String, _ token: String) -> ClientRequest {
        ClientRequest(
            method: method, url: base + path, headers: [("Authorization", "Bearer \(token)")], timeout: deadline,
            responseBytesMax: Self.answerBytesMax)
    }

    /// What management answers say to people goes before what they say to programs.
    private static func error(_ root: JSONValue?, _ status: Int) -> ProviderError? {
        guard let root, let error = MetaAnswer.providerError(in: root, httpStatus: status) else { return nil }
        let words = [root["error"]?["error_user_title"]?.string, root["error"]?["error_user_msg"]?.string].compactMap { $0 }
        return ProviderError(
            code: error.code, subcode: error.subcode, httpStatus: status,
            details: words.isEmpty ? error.details : String(words.joined(separator: ": ").prefix(500)),
            traceID: error.traceID)
    }

    static func read(_ root: JSONValue) -> ListedTemplate? {
        guard let id = id(root["id"]), let name = root["name"]?.string, let language = root["language"]?.string,
            let components = root["components"], components.kind == .array
        else { return nil }
        let reason = root["rejected_reason"]?.string
        return ListedTemplate(
            id: id, name: name, language: language, category: root["category"]?.string ?? "MARKETING",
            status: root["status"]?.string ?? "", parameterFormat: root["parameter_format"]?.string ?? "POSITIONAL",
            content: .components(components.serialized()), quality: root["quality_score"]?["score"]?.string,
            rejectionReason: reason == "NONE" ? nil : reason, correctCategory: root["correct_category"]?.string)
    }

    /// Meta writes ids as texts here and as numbers there.
    private static func id(_ value: JSONValue?) -> String? {
        value?.string ?? value?.integer.map { "\($0)" }
    }

    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
