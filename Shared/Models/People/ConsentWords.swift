/// Words by which people end and begin what a business sends them.
package struct ConsentWords: Hashable, Sendable {
    package enum Wish: Hashable, Sendable {
        case stop
        case start
    }

    /// Longer texts are no single word of consent, whatever they begin with.
    package static let charactersMax = 40

    private let stop: Set<String>
    private let start: Set<String>

    /// - Parameters: a tenant's own words in place of the usual ones; nil: the usual ones.
    package init(stop: [String]? = nil, start: [String]? = nil) {
        self.stop = Set((stop ?? Self.usualStop).map(Self.normalised))
        self.start = Set((start ?? Self.usualStart).map(Self.normalised))
    }

    package static let usual = ConsentWords()

    /// Only a text that is nothing but the word: "please stop by tomorrow" ends nothing.
    package func wish(in text: String) -> Wish? {
        guard text.unicodeScalars.count <= Self.charactersMax else { return nil }
        let word = Self.normalised(text)
        if word.isEmpty { return nil }
        if stop.contains(word) { return .stop }
        return start.contains(word) ? .start : nil
    }

    /// Lower case, without what stands around it and with single blanks between its words.
    static func normalised(_ text: String) -> String {
        var words: [String] = []
        var word = ""
        for character in text.lowercased() {
            if character.isLetter || character.isNumber || character.unicodeScalars.contains(where: isMark) {
                word.append(character)
            } else if character != "'" && character != "’" && character != "-" {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        return words.joined(separator: " ")
    }

    /// Vowels of Indian scripts and the like are no letters of their own.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark: true
        default: false
        }
    }

    /// What people also say about an appointment or an order (cancel, end, quit, no) is not among them.
    package static let usualStop = [
        // English
        "stop", "stop all", "stopall", "unsubscribe", "opt out", "optout", "stop promotions", "stop marketing",
        // Spanish, Portuguese
        "baja", "parar", "darse de baja", "desuscribir", "no más mensajes", "sair", "descadastrar", "pare",
        // French, Italian, Romanian
        "arrêt", "arret", "arrêter", "désabonner", "se désabonner", "désinscription", "ferma", "disiscrivi",
        "disiscrivimi", "cancella iscrizione", "dezabonare",
        // German, Dutch, Scandinavian languages, Finnish
        "stopp", "abmelden", "abbestellen", "afmelden", "uitschrijven", "avsluta", "avregistrera", "avmeld",
        "afmeld", "lopeta",
        // Polish, Czech, Hungarian, Greek, Turkish
        "wypisz", "wypisz mnie", "odhlásit", "leiratkozás", "διακοπή", "διαγραφή", "dur", "durdur", "iptal et",
        "abonelikten çık",
        // Russian, Ukrainian
        "стоп", "отписаться", "отписка", "відписатися",
        // Arabic, Hebrew, Persian, Urdu
        "توقف", "إيقاف", "إلغاء الاشتراك", "הסר", "הפסק", "لغو", "بند کرو",
        // Hindi, Bengali, Indonesian, Malay, Swahili, Vietnamese, Thai
        "रोकें", "बंद", "बंद करो", "बन्द", "বন্ধ", "berhenti", "henti", "acha", "dừng", "hủy đăng ký", "หยุด",
        // Chinese, Japanese, Korean
        "停止", "退订", "退訂", "取消订阅", "取消訂閱", "配信停止", "수신거부", "중지",
    ]

    package static let usualStart = [
        "start", "unstop", "subscribe", "opt in", "optin",
        "alta", "suscribir", "iniciar", "inscrever", "voltar", "commencer", "reprendre", "abonner", "inizia", "iscrivi",
        "iscrivimi", "abonare", "anmelden", "aanmelden", "inschrijven", "starta", "aloita", "zapisz", "zapisz mnie",
        "přihlásit", "feliratkozás", "έναρξη", "başla", "abone ol", "старт", "подписаться", "підписатися",
        "ابدأ", "اشتراك", "התחל", "شروع", "शुरू", "शुरू करें", "শুরু", "mulai", "mula", "anza", "bắt đầu", "เริ่ม",
        "开始", "開始", "订阅", "訂閱", "配信開始", "시작",
    ]
}
