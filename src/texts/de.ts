/** German. */

import type { Texts } from './en.ts'
import { formats } from './format.ts'

const format = formats('de')

export const de: Texts = {
  language: 'de',
  format,
  product: 'CRM-Brücke',

  connect: {
    title: (inbox) => `„${inbox}“ verbinden`,
    kicker: 'Posteingang',
    lead: 'So findet Ihr Team die Kontakte Ihres CRM direkt im Posteingang, nach Name oder Telefonnummer.',
    reads: (crm) => `Was der Posteingang in ${crm} lesen kann`,
    never: 'Was er niemals tut',
    nevers: (writes) => [
      writes ? 'Sonst etwas in Ihrem CRM ändern oder löschen' : 'Etwas in Ihrem CRM ändern oder löschen',
      'Eine Kopie Ihrer Kontakte behalten: Jede Suche fragt Ihr CRM',
      'Deals, Notizen, E-Mails oder Dateien lesen',
    ],
    writes: 'Was er schreibt',
    logs: 'Was Kundinnen und Kunden per WhatsApp senden, in die Timeline ihrer Kontakte',
    button: (crm) => `${crm} verbinden`,
    signInAt: (crm) => `Wo Sie sich bei ${crm} anmelden`,
    small:
      'Sie melden sich bei Ihrem CRM an und geben dort Ihre Erlaubnis; Ihr Passwort kommt niemals hierher. Sie können die Erlaubnis jederzeit zurücknehmen.',
    connected: (crm, account) =>
      `Dieser Posteingang ist mit ${crm} verbunden (${account}). Erneutes Verbinden erneuert diese Verbindung; Posteingang und Plugin-URL bleiben dieselben.`,
    seeConnection: 'Verbindung ansehen oder beenden',
    trouble: {
      ended: (crm, since) =>
        `${crm} hat die Verbindung ${format.ago(since)} beendet: Verbinden Sie erneut, dann ist alles wie zuvor. Posteingang und Plugin-URL bleiben dieselben.`,
      forbidden: (crm) =>
        `${crm} lässt den Posteingang keine Kontakte mehr lesen. Verbinden Sie erneut und erlauben Sie alles, mit einem Benutzer, der Kontakte sehen darf.`,
      unwritten: (crm) =>
        `Was Kunden schreiben, soll in ${crm} ihrer Timeline hinzugefügt werden: Verbinden Sie erneut und erlauben Sie auch das. Bis dahin werden Kontakte gefunden wie zuvor.`,
      passing: (crm) =>
        `${crm} antwortet im Moment nicht. Der Posteingang fragt von selbst wieder nach: Sie müssen nichts tun als warten.`,
    },
  },

  connected: {
    title: (crm) => `${crm} ist verbunden`,
    kicker: 'Verbunden',
    lead: (inbox, crm) => `„${inbox}“ findet jetzt die Kontakte dieses ${crm}-Kontos.`,
    noAnswer: (crm) =>
      `${crm} ist verbunden, hat aber gerade nicht geantwortet; daher gibt es noch keine Kontakte zu zeigen. Der Posteingang fragt von selbst wieder nach.`,
    none: 'Das Konto hat noch keine Kontakte. Sie erscheinen im Posteingang, sobald es welche gibt.',
    someOf: (count) => (count === 1 ? 'Ein Kontakt' : `${format.number(count)} Kontakte, darunter`),
    some: 'Ihre Kontakte, darunter',
    noName: 'Ohne Namen',
    jobAt: (job, company) => `${job} bei ${company}`,
    close: 'Sie können diese Seite schließen und zum Posteingang zurückkehren.',
    notMeant: 'Nicht das Konto, das Sie meinten?',
    disconnect: 'Verbindung beenden',
  },

  replace: {
    title: 'Ein anderes Konto',
    kicker: (inbox) => `Posteingang „${inbox}“`,
    account: (crm, id) => `${crm}-Konto ${id}`,
    change: {
      title: 'Zu einem anderen Konto wechseln?',
      lead: (current, offered) =>
        `Der Posteingang ist mit ${current} verbunden. Sie haben sich gerade bei ${offered} angemeldet.`,
      explanation:
        'Wenn Sie wechseln, findet jeder im Team von jetzt an die Kontakte des neuen Kontos und nicht mehr die des alten, dessen Erlaubnis zurückgegeben wird.',
      accept: (offered) => `Zu ${offered} wechseln`,
      decline: (current) => `Bei ${current} bleiben`,
    },
    connect: {
      title: 'Dieses Konto verbinden?',
      lead: (offered) => `Die Verbindung wurde inzwischen beendet. Sie haben sich gerade bei ${offered} angemeldet.`,
      accept: (offered) => `Mit ${offered} verbinden`,
      decline: 'Nicht verbinden',
    },
  },

  outcomes: {
    noNewConnection: 'Keine neue Verbindung',
    nothingChanged: 'Nichts hat sich geändert',
    startAgain: 'Noch einmal beginnen',
    linkExpired: {
      title: 'Dieser Link gilt nicht mehr',
      explanation: 'Links zum Verbinden eines Posteingangs gelten eine Stunde lang und nur so, wie sie ausgegeben wurden.',
      advice: 'Gehen Sie zum Posteingang zurück und initialisieren Sie das Plugin erneut: Dann erhalten Sie einen neuen Link.',
    },
    crmNotOffered: {
      title: 'Dieses CRM ist hier nicht eingerichtet',
      explanation: 'Der Betreiber dieses Servers hat das gewählte CRM nicht eingerichtet.',
      advice: 'Wählen Sie ein anderes, oder fragen Sie den Betreiber.',
    },
    nothingOffered: {
      title: 'Noch ist kein CRM eingerichtet',
      explanation: 'Der Betreiber dieses Servers hat noch kein CRM eingerichtet.',
      advice: 'Bitten Sie den Betreiber, eines einzurichten, und öffnen Sie diesen Link dann erneut.',
    },
    denied: (crm) => ({
      title: 'Es wurde nichts verbunden',
      explanation: `Sie haben diesem Posteingang keinen Zugriff auf ${crm} gegeben. Es wurde nichts gespeichert, und nichts hat sich geändert.`,
      advice: 'Falls das ein Versehen war, beginnen Sie noch einmal und erlauben Sie den Zugriff.',
    }),
    refused: (crm) => ({
      title: `${crm} hat die Verbindung abgelehnt`,
      explanation: `${crm} hat Sie mit einem Fehler statt mit einer Erlaubnis zurückgeschickt.`,
      advice: `Beginnen Sie noch einmal. Geschieht es wieder, prüfen Sie, ob Sie in ${crm} Apps installieren dürfen: Meist muss das ein Administrator des Kontos tun.`,
    }),
    expired: (crm) => ({
      title: 'Das hat zu lange gedauert oder war schon erledigt',
      explanation: `Die Erlaubnis von ${crm} gilt einmal und innerhalb von zehn Minuten. Wer die Seite neu lädt oder zurückgeht, benutzt sie ein zweites Mal.`,
      advice: 'Falls Ihr Posteingang noch nicht verbunden ist, beginnen Sie noch einmal.',
    }),
    otherBrowser: {
      title: 'Das ist nicht der Browser, in dem Sie begonnen haben',
      explanation:
        'Zu Ihrer Sicherheit muss das Verbinden in dem Browserfenster enden, in dem es begonnen hat, mit erlaubten Cookies.',
      advice: 'Öffnen Sie den Link aus dem Posteingang noch einmal und bleiben Sie bis zum Ende im selben Browser.',
    },
    misconfigured: (crm) => ({
      title: `${crm} akzeptiert die App dieses Servers nicht`,
      explanation: `Client-ID, Client-Secret oder Redirect-URL dieses Servers passen nicht zu seiner App bei ${crm}.`,
      advice: 'Sagen Sie es dem Betreiber dieses Servers; hier können Sie nichts daran ändern.',
    }),
    missingPermission: (crm) => ({
      title: 'Eine Erlaubnis fehlt',
      explanation: `${crm} ist verbunden, aber ohne alle Berechtigungen, die zum Lesen von Kontakten nötig sind.`,
      advice:
        'Beginnen Sie noch einmal und lassen Sie alle Berechtigungen angekreuzt. Auch Ihr Benutzer muss Kontakte sehen dürfen.',
    }),
    forbidden: (crm) => ({
      title: `${crm} lässt diesen Benutzer keine Kontakte lesen`,
      explanation: `Sie haben sich bei ${crm} mit einem Benutzer angemeldet, der keine Kontakte sehen darf, oder nicht über eine App.`,
      advice: 'Beginnen Sie noch einmal, wenn das geklärt ist, oder melden Sie sich mit einem anderen Benutzer an.',
    }),
    wrongLogin: {
      title: 'Mit dieser Adresse kann man sich nicht anmelden',
      advice: 'Beginnen Sie noch einmal und prüfen Sie die Schreibweise.',
    },
    crmDown: (crm) => ({
      title: `${crm} antwortet nicht`,
      explanation: `Sie haben Ihre Erlaubnis gegeben, aber ${crm} hat sie nicht bestätigt. Es wurde nichts gespeichert.`,
      advice: 'Warten Sie einen Moment und beginnen Sie dann noch einmal.',
    }),
    failed: (requestId) => ({
      title: 'Hier ist etwas schiefgegangen',
      explanation: 'Der Server konnte das gerade nicht tun. Es wurde nichts geändert.',
      advice: `Öffnen Sie den Link aus dem Posteingang gleich noch einmal. Bleibt es dabei, nennen Sie dem Betreiber diese Nummer: ${requestId}`,
    }),
    disconnected: {
      title: 'Verbindung beendet',
      explanation: 'Der Posteingang findet keine Kontakte mehr, und dieser Server hat Ihre Erlaubnis nicht mehr.',
      advice: 'Sie können jederzeit wieder verbinden, mit demselben Konto oder einem anderen.',
    },
    kept: (account) => ({
      title: 'Nichts hat sich geändert',
      explanation: `Der Posteingang ${account === null ? 'ist nicht verbunden' : `bleibt mit ${account} verbunden`}. Die gerade gegebene Erlaubnis wird zurückgenommen.`,
      advice: 'Sie können diese Seite schließen und zum Posteingang zurückkehren.',
    }),
    offerGone: {
      title: 'Das hat zu lange gedauert oder war schon entschieden',
      explanation: 'Ein neues Konto wartet zehn Minuten lang auf Ihre Entscheidung, in dem Browser, in dem es verbunden wurde.',
      advice:
        'Initialisieren Sie das Plugin im Posteingang, um zu sehen, wie er verbunden ist, und um gegebenenfalls erneut zu verbinden.',
    },
    notConnectedHere: {
      title: 'Hier gibt es nichts zu sehen',
      explanation: 'Diese Seite ist für den Browser, in dem ein Posteingang verbunden wurde, eine Stunde lang danach.',
      advice: 'Initialisieren Sie das Plugin im Posteingang, um zu sehen, ob er verbunden ist.',
    },
  },

  problems: {
    inbox_unauthorized: 'Schlüssel oder Token fehlt oder ist falsch.',
    too_many_attempts:
      'Von dieser Adresse kamen zu viele falsche Versuche. Warten Sie eine Minute und versuchen Sie es dann erneut.',
    request_invalid: 'Die Frage ist nicht lesbar.',
    cursor_invalid: 'Das Seiten-Token gilt nicht mehr.',
    contact_not_found: 'Diesen Kontakt gibt es nicht.',
    not_connected: 'Es ist kein CRM verbunden.',
    reconnect_required: 'Das CRM hat die Verbindung beendet: Ein Administrator muss erneut verbinden.',
    consent_denied: 'Der Administrator hat die Erlaubnis nicht gegeben.',
    consent_expired: 'Die Erlaubnis kam zu spät.',
    crm_rate_limited: 'Das Kontingent an Aufrufen des CRM ist für den Moment verbraucht.',
    crm_forbidden: 'Das CRM lässt den verbundenen Benutzer keine Kontakte lesen.',
    crm_unavailable: 'Das CRM antwortet nicht.',
    crm_timeout: 'Das CRM braucht länger als acht Sekunden.',
    crm_protocol: 'Die Antwort des CRM ist nicht lesbar.',
    sending_not_set_up: 'Für diesen Posteingang ist das Senden nicht eingerichtet.',
    sending_limited: 'Innerhalb einer Minute wurden zu viele Nachrichten gesendet.',
    idempotency_mismatch: 'Der Idempotenz-Schlüssel wurde schon für eine andere Nachricht verwendet.',
    window_closed: 'Der Kunde hat vor mehr als 24 Stunden geschrieben: Nur eine Vorlage darf gesendet werden.',
    message_refused: 'Der Posteingang hat die Nachricht abgelehnt.',
    message_unclear: 'Ob die Nachricht gesendet wurde, weiß niemand.',
    inbox_api_refused: 'Die API des Posteingangs lässt die Brücke nicht zu.',
    inbox_api_unavailable: 'Die API des Posteingangs antwortet nicht.',
    bridge_unavailable: 'Die Brücke erreicht ihre Datenbank nicht oder hat zu viel zu tun.',
    internal: 'In der Brücke ist etwas schiefgegangen; ihr Protokoll sagt mehr.',
  },

  signIn: {
    title: 'Anmelden',
    heading: 'Betreiber',
    token: 'Admin-Token',
    button: 'Anmelden',
    wrong: 'Das ist nicht das Admin-Token dieses Servers.',
    signedOut: 'Sie wurden abgemeldet. Melden Sie sich erneut an.',
    where:
      'Das Token ist die Einstellung ADMIN_TOKEN. Bei der eingebetteten Datenbank wurde es beim ersten Start ausgegeben und liegt im Datenordner als admin-token.',
  },

  admin: {
    inboxes: 'Posteingänge',
    signOut: 'Abmelden',
    didntWork: 'Das hat nicht geklappt',
    back: 'Zurück zu den Posteingängen',
    empty: 'Es gibt noch keinen Posteingang. Legen Sie einen an: Seine Plugin-URL trägt ein Administrator in get.chat ein.',
    notShown: (count) => `${format.number(count)} weitere: Grenzen Sie die Liste nach Namen ein.`,
    noneNamed: (name) => `Kein Posteingang hat „${name}“ im Namen.`,
    find: 'Nach Namen suchen',
    findButton: 'Suchen',
    columns: { inbox: 'Posteingang', health: 'Zustand', asked: 'Letzte Frage', today: 'Letzte 24 Stunden' },
    notLately: 'nicht in den letzten 24 Stunden',
    questionsToday: (questions, failed) =>
      `${format.number(questions)} ${questions === 1 ? 'Frage' : 'Fragen'}${failed > 0 ? `, ${format.number(failed)} mit Störung` : ''}`,
    create: {
      heading: 'Neuer Posteingang',
      name: 'Name',
      crm: 'CRM',
      anyCrm: 'der Administrator wählt',
      region: 'Land seiner Telefonnummern',
      button: 'Posteingang anlegen',
    },
    pluginUrl: {
      heading: (inbox) => `Plugin-URL von „${inbox}“`,
      explanation:
        'Sie wird nur dieses eine Mal gezeigt. Tragen Sie sie in get.chat ein: Admin panel → Plugins → Connect an external plugin → Plugin server url.',
    },
    copy: 'Kopieren',
    copied: 'Kopiert',
    done: {
      disconnected: (inbox) => `„${inbox}“ ist nicht mehr verbunden.`,
      removed: (inbox) => `„${inbox}“ ist entfernt.`,
      saved: 'Gespeichert.',
    },
    refusals: {
      name: (longest) => `Ein Posteingang braucht einen Namen von höchstens ${format.number(longest)} Zeichen in einer Zeile.`,
      crm: (offered) => `Dieses CRM gibt es auf diesem Server nicht; eingerichtet sind: ${offered}.`,
      region: () => 'Das ist kein Ländercode nach ISO 3166 wie US oder DE.',
      ambiguous: (ids) => `Mehrere Posteingänge haben diesen Namen. Geben Sie die ID des gemeinten an: ${ids}.`,
      unknown: () => 'Diesen Posteingang gibt es nicht. „npm run bridge -- inbox list“ zeigt alle.',
      noTimeline: (crm) => `Diese Brücke kann in ${crm} keine Nachrichten festhalten.`,
      gone: () => 'Der Posteingang wurde inzwischen entfernt.',
    },
  },

  health: {
    works: 'funktioniert',
    notConnected: 'nicht verbunden',
    reconnect: 'neu zu verbinden',
    trouble: 'gestört',
    unrenewed: 'nicht erneuerbar',
    notSetUp: 'CRM nicht eingerichtet',
    since: (date) => `seit ${format.moment(date)}`,
    explain: {
      works: 'Fragen werden beantwortet.',
      quiet: 'Verbunden. In den letzten 24 Stunden hat niemand gefragt.',
      notConnected:
        'Es ist kein CRM verbunden: Senden Sie dem Administrator den Link unten, oder lassen Sie ihn das Plugin im Posteingang initialisieren.',
      reconnect: (crm) =>
        `${crm} hat die Verbindung beendet. Senden Sie dem Administrator den Link unten; Posteingang und Plugin-URL bleiben dieselben.`,
      trouble: (failed, questions, problem) =>
        `${format.number(failed)} von ${format.number(questions)} Fragen waren seit der letzten vollen Stunde gestört. Zuletzt: ${problem}`,
      unrenewed: (crm, failures) =>
        `${crm} hat die Erneuerung der Tokens bisher ${failures === 1 ? 'einmal' : `${format.number(failures)}-mal`} abgelehnt oder nicht beantwortet. Die Brücke versucht es von selbst weiter.`,
      notSetUp: (crm) =>
        `Dieser Server hat keine Einstellungen für ${crm} mehr: Setzen Sie sie wieder, oder lassen Sie den Posteingang mit einem anderen CRM verbinden.`,
    },
  },

  inbox: {
    facts: {
      crm: 'CRM',
      account: 'Konto',
      connected: 'Verbunden',
      region: 'Telefonnummern',
      created: 'Angelegt',
      lastQuestion: 'Letzte Frage',
      calls: 'Aufrufe des CRM, letzte 24 Stunden',
      headroom: 'Größter Verbrauch des CRM-Kontingents',
    },
    anyCrm: 'noch nicht entschieden',
    regionOf: (region) => `gelesen wie in ${region}`,
    regionDefault: (region) => `gelesen wie in ${region} (Voreinstellung des Servers)`,
    lastQuestion: (ago, took) => `${ago}, dauerte ${took}`,
    headroom: (used, limit, seconds) =>
      `${format.number(used)} von ${format.number(limit)} Aufrufen in ${seconds >= 86_400 ? 'einem Tag' : `${format.number(seconds)} Sekunden`}`,
    unknown: 'das CRM hat es noch nicht gesagt',
    charts: {
      heading: 'Die letzten 24 Stunden',
      questions: 'Fragen je Stunde',
      trouble: 'mit Störung',
      times: 'Zeit bis zur Antwort',
      average: 'im Mittel',
      slowest: 'langsamste',
      calls: 'Aufrufe des CRM je Stunde',
      none: 'Keine Fragen in den letzten 24 Stunden.',
      summary: (what, total, most) => `${what}: ${total} insgesamt, höchstens ${most} in einer Stunde`,
      timeSummary: (average, slowest) => `Zeit bis zur Antwort: im Mittel ${average}, höchstens ${slowest}`,
      now: 'jetzt',
      dayAgo: 'vor 24 Stunden',
    },
    tryIt: {
      heading: 'Ausprobieren',
      explanation:
        'Sucht, wie es der Posteingang tut: nach Name, Telefonnummer oder E-Mail-Adresse; ohne Eingabe die ersten Kontakte.',
      search: 'Suche',
      button: 'Suchen',
      found: (count) => (count === 1 ? 'Ein Kontakt' : `${format.number(count)} Kontakte`),
      cost: (took, calls) =>
        `${took}, ${calls === 0 ? 'kein Aufruf des CRM' : calls === 1 ? 'ein Aufruf des CRM' : `${format.number(calls)} Aufrufe des CRM`}`,
      old: (ago) => `Eine alte Antwort, da das CRM gerade versagt: von ${ago}.`,
      missing: (what) => `Es fehlt, da ein Aufruf scheiterte: ${what}.`,
      answer: 'Die Antwort, wie der Posteingang sie erhält',
    },
    link: {
      heading: 'Für den Administrator',
      connect: 'Mit diesem Link verbindet der Administrator des Posteingangs ein CRM. Er gilt eine Stunde lang.',
      reconnect:
        'Mit diesem Link verbindet der Administrator des Posteingangs erneut, mit demselben Konto oder einem anderen. Er gilt eine Stunde lang.',
    },
    messages: {
      heading: 'Gespräche im CRM',
      off: 'Was Kunden dem Posteingang schreiben, geht nicht weiter.',
      permission_needed: (crm) =>
        `Was Kunden schreiben, soll in ${crm} der Timeline ihrer Kontakte hinzugefügt werden. Dafür muss ein Administrator erneut verbinden, mit dem Link für den Administrator.`,
      on: (crm) => `Was Kunden schreiben, wird in ${crm} der Timeline ihrer Kontakte hinzugefügt.`,
      anyCrm: 'dem CRM',
      turnOn: 'Gespräche dem CRM hinzufügen',
      turnOff: 'Beenden und verwerfen, was wartet',
      counts: (waiting, logged, failed) =>
        `Aus den letzten 30 Tagen: ${format.number(logged)} festgehalten, ${format.number(waiting)} wartend, ${format.number(failed)} gescheitert.`,
      sent: 'Gesendet',
      from: 'Von',
      reason: 'Warum es scheiterte',
      retry: 'Gescheitertes erneut versuchen',
      retried: (count) =>
        count === 1 ? 'Eine Nachricht wird erneut versucht.' : `${format.number(count)} Nachrichten werden erneut versucht.`,
      reasons: {
        no_contact: 'Kein Kontakt hat die Nummer.',
        no_number: 'WhatsApp nannte keine Telefonnummer des Kunden.',
        disconnected: 'Die Verbindung zum CRM-Konto wurde beendet.',
        turned_off: 'Das Festhalten wurde ausgeschaltet.',
        unreadable: 'Kein Schlüssel dieses Servers öffnet es.',
      },
    },
    settings: { heading: 'Name und Land', button: 'Speichern' },
    rotate: {
      summary: 'Neue Plugin-URL …',
      explanation:
        'Die alte Plugin-URL endet sofort und mit ihr der Zugang zur API des Posteingangs: Bis die neue in get.chat gespeichert ist und get.chat den Zugang damit wieder gibt, findet niemand Kontakte, und Workflows senden nichts. Die Verbindung bleibt.',
      button: 'Alte Plugin-URL beenden und eine neue zeigen',
    },
    disconnect: {
      summary: 'Verbindung beenden …',
      explanation: (crm) =>
        `Niemand findet mehr Kontakte, und die Erlaubnis wird ${crm} zurückgegeben. Posteingang und Plugin-URL bleiben; ein Administrator kann wieder verbinden.`,
      button: 'Verbindung beenden',
    },
    remove: {
      summary: 'Posteingang entfernen …',
      explanation:
        'Vergisst den Posteingang, seine Plugin-URL, seine Verbindung und seine Zahlen. Im CRM ändert sich nichts. Das lässt sich nicht rückgängig machen.',
      button: 'Posteingang, Plugin-URL und Verbindung entfernen',
    },
  },
}
