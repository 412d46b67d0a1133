import Models
import Storage

/// A proof for people: what it says, and how to check it without believing us.
enum ProofPage {
    static func content(_ proof: DeliveryProof, shown: String) -> HTML {
        let path = TenantPages.path + "/\(proof.messageID)"
        let file = "/v1/messages/\(proof.messageID)/proof" + QueryText.make([("show", shown)])
        return """
            <div class="head on-screen"><a href="\(path)">← The message</a><span class="end"></span>
            <a class="btn btn-sm btn-main" href="\(file)">Download the proof</a></div>
            <article class="report">
            <header class="report-head"><h1>Proof of delivery</h1>
            <p class="report-whose">Message \(proof.messageID.description)</p>
            <p>Issued \(proof.statement.issued); everything recorded before \(proof.statement.sealedUntil) is sealed.</p></header>
            \(notes(proof))
            <form class="on-screen panel" method="get" action="\(path)/proof"><div class="inside filters">
            <div><label class="form-label" for="show">What the proof shows</label>
            <select class="form-select" id="show" name="show">
            \(Piece.option("recipient", "the number", chosen: shown))\(Piece.option("content", "the text", chosen: shown))\
            \(Piece.option("all", "the number and the text", chosen: shown))</select></div>
            <div class="buttons"><button class="btn btn-plain">Show</button>\
            <a class="btn btn-plain" href="\(path)/proof">Hashes only</a></div></div></form>
            \(disclosures(proof))
            \(proof.parts.map { part($0, proof) })
            \(unsealed(proof))
            \(howToCheck(proof))
            </article>
            """
    }

    private static func notes(_ proof: DeliveryProof) -> HTML {
        if proof.notes.isEmpty { return .nothing }
        return """
            <div class="notice"><b>What this proof cannot show</b>\(proof.notes.map { "<p>\($0)</p>" as HTML })</div>
            """
    }

    private static func disclosures(_ proof: DeliveryProof) -> HTML {
        let shown = proof.disclosed.filter { $0.what == .recipient || $0.what == .content }
        if shown.isEmpty { return .nothing }
        return """
            <section class="panel report-section"><h2>Shown</h2><dl class="report-figures">\(shown.map { disclosure in
                """
                <div><dt>\(disclosure.what == .recipient ? "Recipient" : "Content")</dt>\
                <dd class="break">\(disclosure.value)</dd></div>
                """ as HTML
            })</dl></section>
            """
    }

    private static func part(_ part: DeliveryProof.Part, _ proof: DeliveryProof) -> HTML {
        let seal = proof.seals.lazy.compactMap { ProofSeal(text: $0.text) }.first { $0.number == part.seal }
        return """
            <section class="panel report-section"><h2>Seal \(part.seal)</h2><div class="inside">
            <p class="small quiet">\(seal.map { "Signed over everything recorded from \($0.from) to \($0.to)." } ?? "")</p>
            <ol>\(part.lines.map { "<li class=\"proof-line\">\($0)</li>" as HTML })</ol></div></section>
            """
    }

    private static func unsealed(_ proof: DeliveryProof) -> HTML {
        if proof.unsealed.isEmpty { return .nothing }
        return """
            <section class="panel report-section"><h2>Not sealed</h2><div class="inside">
            <p class="small quiet">No seal vouches for these lines.</p>
            <ol>\(proof.unsealed.map { "<li class=\"proof-line\">\($0)</li>" as HTML })</ol></div></section>
            """
    }

    private static func howToCheck(_ proof: DeliveryProof) -> HTML {
        """
        <section class="panel report-section"><h2>How to check it</h2><div class="inside">
        <p>Download the proof, and the public key from <a href="\(ProofRoutes.keyPath)">\(ProofRoutes.keyPath)</a>. Then run \
        <code>tidings verify-proof FILE --key KEY</code>, or the script <code>verify-proof</code>, which needs python3 and openssl \
        alone. Every line above is in it as it is hashed; keys: \(proof.keys.map(\.id).joined(separator: ", ")).</p>
        </div></section>
        """
    }
}
