"""List the kinds of secrets that have a format of their own.

The formats are those that the issuers publish for secret scanning. `prefixed` are words with a
prefix; `shaped` are all others. Where two match, the earlier names the secret.
"""

from typing import Final

from ingestd.intake.redact.pattern import Pattern, prefixed, shaped

_HEX: Final = rb"[0-9a-f]"
_ALNUM: Final = rb"[A-Za-z0-9]"
_WORD: Final = rb"[A-Za-z0-9_-]"
_NOT_LOWER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_UUID: Final = rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_END: Final = rb"(?![A-Za-z0-9_-])"
# In base64 four letters occur by chance, and after "/" and "+" no word starts.
_NOT_BASE64: Final = rb"(?<![+/=-])"
_NO_BASE64: Final = rb"(?![A-Za-z0-9+/=_-])"
_WITH_DIGIT: Final = rb"(?=[A-Za-z_-]{0,48}+[0-9])"  # otherwise it is a name of many words
_PEM: Final = rb"[A-Za-z0-9+/=:, .()_]*+"
_BREAK: Final = rb"(?:\\{1,32}[nr])++"
_JWT: Final = rb"eyJ[A-Za-z0-9_-]{8,}+"

KINDS: Final[tuple[Pattern, ...]] = (
    # Without an issuer.
    shaped(
        "private-key",
        "-----BEGIN",
        rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        + _PEM
        + rb"(?:(?:\\{1,32}[nrt]|-(?!----))"
        + _PEM
        + rb")*+(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",  # may be truncated
        anywhere=True,
    ),
    shaped(
        "private-key",
        "Private-Lines:",  # PuTTY's
        rb"Private-Lines: ?[0-9]{1,4}(?P<secret>(?:"
        + _BREAK
        + rb"[A-Za-z0-9+/=]{60,}+)++(?:"
        + _BREAK
        + rb"[A-Za-z0-9+/=]++(?=\\|\"|$))?)",
    ),
    prefixed("age-key", "AGE-SECRET-KEY-1", rb"[0-9A-Z]{58}"),
    shaped(
        "jwt",
        "eyJ",
        rb"(?P<secret>" + _JWT + rb"\." + _JWT + rb"\.[A-Za-z0-9_-]{8,}+)|" + _JWT,
    ),
    prefixed("jwt", "ZXlKa ZXlKc ZXlKj ZXlKl ZXlKr ZXlK0 ZXlKh", rb"[A-Za-z0-9+/]{80,}+={0,2}"),
    # Models.
    prefixed("anthropic-key", "sk-ant-", rb"[A-Za-z0-9_-]{16,}"),
    prefixed("openrouter-key", "sk-or-", rb"v1-[0-9a-f]{64}"),
    prefixed("openai-key", "sk-", rb"(?!ant-|or-v1-|lf-)" + _WITH_DIGIT + rb"[A-Za-z0-9_-]{32,}"),
    prefixed("huggingface-token", "hf_ api_org_", rb"[A-Za-z0-9]{30,}"),
    prefixed("perplexity-key", "pplx-", rb"[A-Za-z0-9]{40,}"),
    prefixed("groq-key", "gsk_", rb"[A-Za-z0-9]{40,}"),
    prefixed("xai-key", "xai-", rb"[A-Za-z0-9]{60,}"),
    prefixed("replicate-token", "r8_", rb"[A-Za-z0-9]{37}"),
    prefixed("langsmith-key", "lsv2_pt_ lsv2_sk_", rb"[0-9a-f]{32}"),
    prefixed("langfuse-key", "sk-lf-", _UUID),
    prefixed("nvidia-key", "nvapi-", rb"[A-Za-z0-9_-]{60,}"),
    prefixed("pinecone-key", "pcsk_", rb"[A-Za-z0-9_]{60,}"),
    prefixed("cerebras-key", "csk-", rb"[a-z0-9]{48}"),
    prefixed("tavily-key", "tvly-", _WITH_DIGIT + rb"[A-Za-z0-9-]{32,}"),
    prefixed("elevenlabs-key", "sk_", rb"[0-9a-f]{48}" + _END),
    # Code and packages.
    prefixed("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", rb"[A-Za-z0-9]{36,}"),
    prefixed("github-token", "github_pat_", rb"[A-Za-z0-9_]{22,}"),
    prefixed(
        "gitlab-token",
        "glpat- gldt- glrt- glrtr- glft- glsoat- glcbt- glptt- glimt- glagent- gloas- glffct-",
        # Routable ones have a checksum after a dot.
        rb"[A-Za-z0-9_-]{20,}+(?:\.[0-9a-z]{9}(?![A-Za-z0-9_-]))?",
    ),
    prefixed("gitlab-token", "GR1348941", rb"[A-Za-z0-9_-]{20,}"),
    prefixed("gitlab-token", "_gitlab_session=", rb"[0-9a-z]{32}"),
    prefixed("bitbucket-token", "ATBB", rb"[A-Za-z0-9]{28,}"),
    prefixed("atlassian-token", "ATATT3 ATCTT3", rb"[A-Za-z0-9_=-]{50,}"),
    prefixed("npm-token", "npm_", rb"[A-Za-z0-9]{36}"),
    prefixed("pypi-token", "pypi-", rb"[A-Za-z0-9_-]{50,}"),
    prefixed("rubygems-key", "rubygems_", rb"[0-9a-f]{48}"),
    prefixed("crates-token", "cio", _ALNUM + rb"{32}" + _END),
    prefixed("nuget-key", "oy2", rb"[a-z0-9]{43}" + _END),
    prefixed("clojars-token", "CLOJARS_", rb"[A-Za-z0-9]{60}"),
    prefixed("docker-token", "dckr_pat_ dckr_oat_", rb"[A-Za-z0-9_-]{27,}"),
    prefixed("artifactory-key", "AKCp", _ALNUM + rb"{69}" + _END),
    prefixed("artifactory-token", "cmVmd", _ALNUM + rb"{59}" + _END),
    prefixed("sourcegraph-token", "sgp_", rb"(?:(?:[0-9a-fA-F]{16}|local)_)?[0-9a-fA-F]{40}"),
    prefixed("sonar-token", "sqp_ sqa_ squ_", rb"[0-9a-f]{40}"),
    prefixed("snyk-token", "snyk_uat. snyk_sat.", rb"[A-Za-z0-9._-]{28,}+"),
    prefixed("circleci-token", "CCIPAT_ CCIPRJ_", rb"[A-Za-z0-9]{20,}+_[0-9a-f]{40}"),
    prefixed("buildkite-token", "bkua_", rb"[0-9a-f]{40}"),
    prefixed("postman-key", "PMAK-", rb"[0-9a-fA-F]{24}-[0-9a-fA-F]{34}"),
    prefixed("readme-key", "rdme_", rb"[a-z0-9]{70}"),
    shaped(
        "sidekiq-secret",
        "CONTRIBSYS__COM=",
        rb"CONTRIBSYS__COM=(?P<secret>[0-9a-f]{8}:[0-9a-f]{8})",
        anywhere=True,
    ),
    # Clouds and hosting.
    prefixed("aws-key", "AKIA ASIA ABIA ACCA", rb"[A-Z2-7]{16}" + _END),
    shaped("aws-key", "A3T", rb"A3T[A-Z0-9][A-Z2-7]{16}" + _END),
    shaped(
        "aws-secret",
        "ecret_access_key ECRET_ACCESS_KEY ecretAccessKey ECRETACCESSKEY",
        rb"(?i:ecret_?access_?key)"
        rb"(?:\\{1,32}[\"nrt]|[\"' ]){0,8}[:=](?:\\{1,32}[\"nrt]|[\"' ]){0,8}"
        rb"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
        anywhere=True,
    ),
    shaped("aws-session-token", "IQoJb3JpZ2lu", rb"IQoJb3JpZ2lu[A-Za-z0-9+/]{100,}+={0,2}"),
    shaped("aws-bedrock-key", "ABSK", _NOT_BASE64 + rb"ABSK[A-Za-z0-9+/]{100,}+={0,2}"),
    prefixed("aws-mws-token", "amzn.mws.", _UUID),
    prefixed("google-key", "AIza", rb"[A-Za-z0-9_-]{35}"),
    prefixed("google-oauth-token", "ya29.", rb"[A-Za-z0-9_-]{20,}"),
    prefixed("google-oauth-token", "1//0", rb"[A-Za-z0-9_-]{40,}"),
    prefixed("google-oauth-secret", "GOCSPX-", rb"[A-Za-z0-9_-]{28}"),
    shaped(
        "firebase-key",
        ":APA91b",
        rb"(?<=[A-Za-z0-9_-]{11}):(?P<secret>APA91b[A-Za-z0-9_-]{100,}+)",
        anywhere=True,
    ),
    shaped(
        "azure-secret",
        "Q~",
        rb"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])",
        before=4,
    ),
    shaped(
        "azure-key",
        "AccountKey= SharedAccessKey=",
        rb"(?:Account|SharedAccess)Key=(?P<secret>[A-Za-z0-9+/]{40,88}={0,2})",
    ),
    shaped("azure-devops-token", "AZDO", rb"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}" + _END, before=76),
    shaped(
        "azure-sas",
        "sig=",
        rb"sig=(?P<secret>(?:[A-Za-z0-9+/]|%[0-9A-Fa-f]{2}){43,60}(?:=|%3[dD]))",
    ),
    prefixed("alibaba-key", "LTAI", _ALNUM + rb"{12,20}" + _END),
    prefixed("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", rb"[0-9a-f]{64}"),
    prefixed("heroku-key", "HRKU-", rb"[A-Za-z0-9_-]{40,}"),
    shaped("cloudflare-key", "v1.0-", rb"v1\.0-[0-9a-f]{24}-[0-9a-f]{100,146}"),
    shaped("flyio-token", "fm2_ fm1a_ fm1r_", rb"fm(?:2|1a|1r)_[A-Za-z0-9+/]{60,}+={0,3}"),
    prefixed("flyio-token", "fo1_", rb"[A-Za-z0-9_-]{43}"),
    prefixed("netlify-token", "nfp_ nfc_ nfo_ nfu_ nfb_", rb"[A-Za-z0-9]{36}"),
    prefixed("scalingo-token", "tk-us-", rb"[A-Za-z0-9_-]{48}"),
    prefixed("supabase-token", "sbp_ sb_secret_", _WITH_DIGIT + rb"[A-Za-z0-9_]{22,}"),
    prefixed("tailscale-key", "tskey-", rb"[a-z]{2,10}-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}"),
    prefixed("render-key", "rnd_", _WITH_DIGIT + rb"[A-Za-z0-9]{28,}"),
    prefixed("defined-networking-token", "dnkey-", rb"[A-Za-z0-9=_-]{26}-[A-Za-z0-9=_-]{52}"),
    prefixed("openshift-token", "sha256~", rb"[A-Za-z0-9_-]{43}"),
    prefixed("octopus-key", "API-", rb"[A-Z0-9]{26}" + _END),
    # Infrastructure and data.
    prefixed("vault-token", "hvs. hvb. hvr.", rb"[A-Za-z0-9_-]{24,}"),
    shaped(
        "terraform-token",
        ".atlasv1.",
        rb"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}+",
        before=14,
    ),
    shaped(
        "doppler-token",
        "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.",
        rb"dp\.[a-z]{2,5}\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}" + _END,
    ),
    prefixed("pulumi-token", "pul-", rb"[0-9a-f]{40}"),
    prefixed(
        "planetscale-token", "pscale_tkn_ pscale_oauth_ pscale_pw_", rb"[A-Za-z0-9_=.-]{32,}+"
    ),
    prefixed("prefect-token", "pnu_ pnb_", rb"[A-Za-z0-9]{36}"),
    prefixed("databricks-token", "dapi", rb"[0-9a-f]{32}(?:-[0-9])?"),
    prefixed("clickhouse-key", "4b1d", _ALNUM + rb"{38}" + _END),
    prefixed("infracost-key", "ico-", _ALNUM + rb"{32}" + _END),
    prefixed("1password-token", "ops_eyJ", rb"[A-Za-z0-9+/=_-]{200,}+"),
    prefixed(
        "1password-key",
        "A3-",
        rb"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
    ),
    shaped(
        "authress-key",
        "sc_ ext_ scauth_ authress_",
        rb"[a-z]{2,8}_[a-z0-9]{5,30}\.[a-z0-9]{4,6}\.acc[_-][a-z0-9-]{10,32}\."
        rb"[A-Za-z0-9+/_=-]{30,120}",
    ),
    prefixed("settlemint-token", "sm_aat_ sm_pat_ sm_sat_", rb"[A-Za-z0-9]{16}"),
    shaped(
        "harness-key",
        "pat. sat.",
        rb"[ps]at\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}",
    ),
    shaped("maxmind-key", "_mmk", rb"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk" + _END, before=36),
    prefixed("launchdarkly-key", "sdk- mob- api-", _UUID + _END),
    # Monitoring.
    shaped("grafana-token", "glc_", rb"glc_[A-Za-z0-9+/]{32,}+={0,3}"),
    prefixed("grafana-token", "glsa_", rb"[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}"),
    prefixed("grafana-token", "eyJrIjoi", rb"[A-Za-z0-9]{70,}+={0,3}"),
    prefixed("newrelic-key", "NRAK- NRII- NRRA- NRSP- NRBR-", rb"[A-Za-z0-9_-]{24,}"),
    prefixed("newrelic-key", "NRJS-", rb"[0-9a-f]{19}"),
    shaped("newrelic-key", "NRAL", rb"[0-9a-f]{36}NRAL" + _END, before=36),
    shaped("sentry-token", "sntrys_", rb"sntrys_[A-Za-z0-9+/=]{20,}+_[A-Za-z0-9+/]{20,}+"),
    prefixed("sentry-token", "sntryu_ sntrya_ sntryi_", rb"[0-9a-f]{64}"),
    shaped(
        "dynatrace-token",
        "dt0c01. dt0s16. dt0s01.",
        rb"dt0[cs][0-9]{2}\.[A-Za-z0-9]{8,24}\.[A-Za-z0-9]{64}",
    ),
    # Chat and email.
    prefixed("slack-token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs-", rb"[A-Za-z0-9-]{10,}"),
    prefixed("slack-token", "xoxe.xox", rb"[bp]-[0-9]-[A-Za-z0-9]{40,}"),
    prefixed("slack-token", "xapp-", rb"[0-9]-[A-Z0-9]{6,}+-[0-9]{6,}+-[A-Za-z0-9]{16,}"),
    shaped(
        "slack-webhook",
        "hooks.slack.com/",
        rb"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9+/_-]{40,}+)",
    ),
    shaped(
        "discord-webhook",
        "/api/webhooks/",
        rb"/api/webhooks/(?P<secret>[0-9]{16,20}/[A-Za-z0-9_-]{60,}+)",
        anywhere=True,
    ),
    prefixed("discord-token", "mfa.", rb"[A-Za-z0-9_-]{84}"),
    shaped(
        "teams-webhook",
        ".webhook.office.com/",
        rb"\.webhook\.office\.com/webhookb2/(?P<secret>[A-Za-z0-9@-]{36,80}"
        rb"/IncomingWebhook/[A-Za-z0-9]{32}/[A-Za-z0-9/-]{36,120})",
        anywhere=True,
    ),
    shaped(
        "telegram-token",
        ":AA",
        rb"(?<=[0-9]{8}):(?P<secret>AA[A-Za-z0-9_-]{33})" + _END,
        anywhere=True,
    ),
    prefixed(
        "twilio-key",
        "SK0 SK1 SK2 SK3 SK4 SK5 SK6 SK7 SK8 SK9 SKa SKb SKc SKd SKe SKf",
        rb"[0-9a-f]{31}" + _END,
    ),
    shaped("sendgrid-key", "SG.", rb"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
    prefixed("sendinblue-key", "xkeysib- xsmtpsib-", rb"[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    prefixed("mailgun-key", "key- pubkey-", rb"[0-9a-f]{32}" + _END),
    shaped(
        "mailchimp-key",
        "-us1 -us2 -us3 -us4 -us5 -us6 -us7 -us8 -us9",
        rb"[0-9a-f]{32}-us[0-9]{1,2}" + _END,
        before=32,
    ),
    prefixed("resend-key", "re_", rb"[A-Za-z0-9]{8}_[A-Za-z0-9]{24}"),
    # Payment and commerce.
    prefixed(
        "stripe-key", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_", rb"[A-Za-z0-9]{10,}"
    ),
    prefixed("stripe-key", "whsec_", rb"[A-Za-z0-9+/]{24,}+={0,2}"),
    prefixed("square-token", "sq0atp- sq0csp- sq0idp-", rb"[A-Za-z0-9_-]{22,}"),
    shaped("square-token", "EAAA", _NOT_BASE64 + rb"EAAA[A-Za-z0-9_-]{60}" + _NO_BASE64),
    shaped("facebook-token", "EAAC EAAM", _NOT_BASE64 + rb"EAA[CM][A-Za-z0-9]{100,}+" + _NO_BASE64),
    prefixed("shopify-token", "shpat_ shpca_ shppa_ shpss_ shpua_", rb"[0-9a-fA-F]{32}"),
    prefixed("easypost-key", "EZAK EZTK", _ALNUM + rb"{54}" + _END),
    prefixed("shippo-token", "shippo_live_ shippo_test_", rb"[0-9a-fA-F]{40}"),
    prefixed("duffel-token", "duffel_live_ duffel_test_", rb"[A-Za-z0-9_=-]{43}"),
    prefixed(
        "flutterwave-key",
        "FLWSECK_TEST- FLWPUBK_TEST- FLWSECK- FLWPUBK-",
        rb"[0-9a-hA-H]{12,32}(?:-X)?" + _END,
    ),
    prefixed("gocardless-token", "live_", _WITH_DIGIT + rb"[A-Za-z0-9_=-]{40}" + _END),
    prefixed("razorpay-key", "rzp_live_ rzp_test_", rb"[A-Za-z0-9]{14}"),
    prefixed("plaid-token", "access-sandbox- access-development- access-production-", _UUID),
    # Collaboration.
    prefixed("linear-key", "lin_api_ lin_oauth_", rb"[A-Za-z0-9]{40}"),
    prefixed("notion-token", "ntn_", rb"[0-9]{11}[A-Za-z0-9]{35}"),
    prefixed("notion-token", "secret_", _ALNUM + rb"{43}" + _END),
    # "path", "patch" and "pattern" start like these, and are in every body.
    shaped(
        "airtable-token",
        " ".join(
            f"pat{letter}"
            for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abdfgijklmnopqrsuvwxyz"
        )
        + " "
        + " ".join(f"pat{a}{b}" for a in "hcet" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
        rb"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}",
    ),
    prefixed("asana-token", "0/ 1/ 2/", rb"[0-9]{16}(?:/[0-9]{16})?:[0-9a-f]{32}"),
    prefixed("dropbox-token", "sl.", rb"(?:u\.)?[A-Za-z0-9_=-]{130,}+"),
    prefixed("figma-token", "figd_ figo_", rb"[A-Za-z0-9_-]{36,}"),
    prefixed("contentful-token", "CFPAT-", rb"[A-Za-z0-9_-]{43}"),
    prefixed("typeform-token", "tfp_", rb"[A-Za-z0-9_.=-]{40,}+"),
    prefixed("frameio-token", "fio-u-", rb"[A-Za-z0-9_=-]{64}"),
    prefixed("adobe-secret", "p8e-", rb"[A-Za-z0-9]{32}"),
    prefixed("hubspot-token", "pat-na1- pat-na2- pat-eu1-", _UUID),
    prefixed("intra42-secret", "s-s4t2ud- s-s4t2af-", rb"[0-9a-f]{64}"),
    shaped(
        "mapbox-token",
        "pk.eyJ sk.eyJ tk.eyJ",
        rb"[pst]k\.eyJ[A-Za-z0-9_-]{40,}+\.[A-Za-z0-9_-]{20,}+",
    ),
    shaped("yandex-key", "AQVN", _NOT_BASE64 + rb"AQVN[A-Za-z0-9_-]{35,38}" + _NO_BASE64),
    shaped(
        "yandex-token", "t1.9eue", rb"t1\.9eue[A-Za-z0-9_-]{0,40}={0,2}\.[A-Za-z0-9_-]{86}={0,2}"
    ),
    prefixed("trello-token", "ATTA", rb"[0-9a-f]{64,}"),
    shaped(
        "zapier-webhook",
        "hooks.zapier.com/",
        rb"hooks\.zapier\.com/hooks/catch/(?P<secret>[0-9]{4,12}/[a-z0-9]{5,12})",
    ),
    # Headers and addresses.
    shaped(
        "bearer-token",
        "earer earer\\ EARER",
        rb"(?i:earer) {1,4}(?P<secret>(?=[A-Za-z._~+/=-]{0,512}+[0-9])[A-Za-z0-9._~+/=-]{16,}+)",
        anywhere=True,
    ),
    shaped(
        "authorization",
        "uthorization UTHORIZATION",
        rb"(?i:uthorization)(?:\\{0,31}[\"'])? ?[:=] ?[bfr]?(?:\\{0,31}[\"'`])?"
        rb"(?i:basic|token|apikey|api-key|key|bot|digest) {1,4}"
        rb"(?P<secret>(?=[A-Za-z._~+/-]{0,512}+[0-9=])[A-Za-z0-9._~+/=-]{8,}+)",
        anywhere=True,
    ),
    shaped(
        "password",
        "://",
        rb"://[^\s/:@\"\\]*+:(?!\[redacted: |\$|\{|<|%[sdv(])(?P<secret>[^\s/@\"\\]++)@",
        anywhere=True,
    ),
)
