internal import HTTPServer
internal import Models
internal import Runtime

/// Puts every request into a trace: its caller's where it brings one, otherwise one of its own.
enum RequestTracing {
    /// What machines ask every few seconds is nobody's trace.
    private static let untraced: Set<String> = ["/healthz", "/readyz", "/metrics"]

    static func surround(_ request: Request, _ respond: (Request) async -> Response) async -> Response {
        let caller = caller(of: request)
        // The first is cheap, and all there is while nothing is traced.
        guard Tracer.isOn || caller != nil, !untraced.contains(request.route),
            let context = Tracer.context(below: caller)
        else { return await respond(request) }
        let span = Tracer.begin(
            "\(request.method.rawValue) \(request.route)", .server, at: context, parent: caller?.spanID)
        let response = await Tracer.with(context, isAskedFor: caller?.isSampled ?? false) { await respond(request) }
        span?.end(
            [
                ("http.request.method", .text(request.method.rawValue)), ("http.route", .text(request.route)),
                ("http.response.status_code", .integer(response.status)),
                ("tidings.request.id", .text(request.id)),
            ],
            // A caller's mistake is no failure of ours.
            failure: response.status >= 500 ? "\(response.status)" : nil)
        return response
    }

    private static func caller(of request: Request) -> TraceContext? {
        guard let parent = request.header(TraceContext.parentHeader) else { return nil }
        // Two parents are none.
        let all = request.headers
        func values(_ name: String) -> [String] { all.filter { $0.name.lowercased() == name }.map(\.value) }
        guard values(TraceContext.parentHeader).count == 1 else { return nil }
        return TraceContext(parent: parent, state: values(TraceContext.stateHeader).joined(separator: ","))
    }
}
