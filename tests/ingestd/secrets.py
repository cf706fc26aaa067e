"""Make a secret of every kind, put together at run time so that no scanner takes it for one."""

from typing import NamedTuple

LETTERS = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA"
UPPER = "ABCDEFGH234567JK"
HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
DASHES = "-" * 5
UUID = "1a66057c-058f-499b-8b1b-1b13c2cc27fe"
LONG = LETTERS * 8


class Example(NamedTuple):
    """Hold a secret and the text around it."""

    kind: str
    before: str
    secret: str
    after: str


def _word(kind: str, prefix: str, rest: str) -> Example:
    return Example(kind, "", prefix + rest, "")


WORDS = (
    _word("age-key", "AGE-SECRET-" + "KEY-1", (UPPER * 4)[:58]),
    _word("jwt", "ey" + "J", LETTERS + "." + "ey" + "J" + LETTERS + "." + LETTERS),
    _word("jwt", "ZX" + "lKh", LONG[:100]),
    _word("anthropic-key", "sk-" + "ant-api03-", LETTERS + "_-" + LETTERS),
    _word("openrouter-key", "sk-" + "or-v1-", HEX * 2),
    _word("openai-key", "sk-" + "proj-", LETTERS + LETTERS),
    _word("openai-key", "sk-", LETTERS + LETTERS),
    _word("huggingface-token", "h" + "f_", LETTERS + "ab"),
    _word("perplexity-key", "pp" + "lx-", LONG[:48]),
    _word("groq-key", "gs" + "k_", LONG[:52]),
    _word("xai-key", "xa" + "i-", LONG[:80]),
    _word("replicate-token", "r" + "8_", LONG[:37]),
    _word("langsmith-key", "lsv2" + "_pt_", HEX + "_0a1b2c3d4e"),
    _word("langfuse-key", "sk-" + "lf-", UUID),
    _word("nvidia-key", "nv" + "api-", LONG[:64]),
    _word("pinecone-key", "pc" + "sk_", LONG[:70]),
    _word("cerebras-key", "cs" + "k-", LONG[:48].lower()),
    _word("tavily-key", "tv" + "ly-", LETTERS),
    _word("elevenlabs-key", "sk" + "_", (HEX * 2)[:48]),
    _word("github-token", "gh" + "p_", LETTERS + "abcd"),
    _word("github-token", "gh" + "s_", LETTERS + "abcd"),
    _word("github-token", "github" + "_pat_", LETTERS),
    *(
        _word("gitlab-token", "gl" + it + "-", LETTERS[:26])
        for it in ["pat", "dt", "rt", "ft", "soat", "cbt", "ptt", "imt", "agent", "oas", "ffct"]
    ),
    _word("gitlab-token", "gl" + "pat-", LETTERS[:27] + ".01" + "0a1b2c3"),
    _word("gitlab-token", "GR" + "1348941", LETTERS[:20]),
    _word("gitlab-token", "_gitlab" + "_session=", HEX),
    _word("bitbucket-token", "AT" + "BB", LETTERS),
    _word("atlassian-token", "ATA" + "TT3", LONG[:186]),
    _word("npm-token", "np" + "m_", LETTERS + "abcd"),
    _word("pypi-token", "py" + "pi-", LETTERS + LETTERS),
    _word("rubygems-key", "ruby" + "gems_", (HEX * 2)[:48]),
    _word("crates-token", "ci" + "o", LETTERS),
    _word("nuget-key", "oy" + "2", LONG[:43].lower()),
    _word("clojars-token", "CLO" + "JARS_", LONG[:60]),
    _word("docker-token", "dckr" + "_pat_", LETTERS[:27]),
    _word("artifactory-key", "AK" + "Cp", LONG[:69]),
    _word("artifactory-token", "cm" + "Vmd", LONG[:59]),
    _word("sourcegraph-token", "sg" + "p_", HEX + HEX[:8]),
    _word("sonar-token", "sq" + "p_", HEX + HEX[:8]),
    _word("snyk-token", "snyk" + "_uat.", LETTERS[:8] + "." + LONG[:60]),
    _word("circleci-token", "CCI" + "PAT_", LETTERS[:22] + "_" + HEX + HEX[:8]),
    _word("buildkite-token", "bk" + "ua_", HEX + HEX[:8]),
    _word("postman-key", "PM" + "AK-", HEX[:24] + "-" + HEX + HEX[:2]),
    _word("readme-key", "rd" + "me_", LONG[:70].lower()),
    _word("aws-key", "AK" + "IA", UPPER),
    _word("aws-key", "AS" + "IA", UPPER),
    _word("aws-key", "A3" + "TX", UPPER),
    _word("aws-session-token", "IQoJ" + "b3JpZ2lu", LONG[:200] + "=="),
    _word("aws-bedrock-key", "AB" + "SK", LONG[:110] + "="),
    _word("aws-mws-token", "amzn" + ".mws.", UUID),
    _word("google-key", "AI" + "za", LETTERS + "abc"),
    _word("google-oauth-token", "ya" + "29.", LONG[:60]),
    _word("google-oauth-token", "1/" + "/0", LONG[:60]),
    _word("google-oauth-secret", "GOC" + "SPX-", LETTERS[:28]),
    _word("azure-secret", "aB3" + "8Q~", LONG[:34]),
    _word("azure-devops-token", LONG[:76], "AZ" + "DO" + "aB3d"),
    _word("alibaba-key", "LT" + "AI", LETTERS[:20]),
    _word("digitalocean-token", "do" + "p_v1_", HEX * 2),
    _word("heroku-key", "HR" + "KU-AA", LONG[:58]),
    _word("cloudflare-key", "v1.0" + "-", HEX[:24] + "-" + (HEX * 5)[:146]),
    _word("flyio-token", "fm" + "2_", LONG[:120] + "=="),
    _word("flyio-token", "fo" + "1_", LONG[:43]),
    _word("netlify-token", "nf" + "p_", LONG[:36]),
    _word("scalingo-token", "tk-" + "us-", LONG[:48]),
    _word("supabase-token", "sb" + "p_", HEX + HEX[:8]),
    _word("tailscale-key", "ts" + "key-auth-", LETTERS[:12] + "-" + LETTERS),
    _word("render-key", "rn" + "d_", LETTERS[:28]),
    _word("defined-networking-token", "dn" + "key-", LETTERS[:26] + "-" + LONG[:52]),
    _word("openshift-token", "sha" + "256~", LONG[:43]),
    _word("octopus-key", "AP" + "I-", (UPPER * 2)[:26]),
    _word("vault-token", "hv" + "s.", LONG[:95]),
    _word("terraform-token", LETTERS[:14], ".atlas" + "v1." + LONG[:67]),
    _word("doppler-token", "dp" + ".pt.", LONG[:43]),
    _word("pulumi-token", "pu" + "l-", HEX + HEX[:8]),
    _word("planetscale-token", "pscale" + "_tkn_", LONG[:43]),
    _word("prefect-token", "pn" + "u_", LONG[:36]),
    _word("databricks-token", "da" + "pi", HEX),
    _word("clickhouse-key", "4b" + "1d", LONG[:38]),
    _word("infracost-key", "ic" + "o-", LETTERS),
    _word("1password-token", "ops" + "_eyJ", LONG[:250]),
    _word("1password-key", "A3" + "-", "ABC234-ABCDEF23456-ABC23-DEF45-GHJ67"),
    _word("authress-key", "sc" + "_", "abc123.a1b2.acc_0a1b2c3d4e." + LETTERS),
    _word("settlemint-token", "sm" + "_aat_", LETTERS[:16]),
    _word("harness-key", "pa" + "t.", LETTERS[:22] + "." + HEX[:24] + "." + LETTERS[:20]),
    _word("maxmind-key", LETTERS[:6] + "_", LETTERS[:29] + "_m" + "mk"),
    _word("launchdarkly-key", "sd" + "k-", UUID),
    _word("grafana-token", "gl" + "c_", LONG[:64] + "="),
    _word("grafana-token", "gl" + "sa_", LETTERS + "_0a1b2c3d"),
    _word("grafana-token", "eyJr" + "Ijoi", LONG[:80]),
    _word("newrelic-key", "NR" + "AK-", (UPPER * 2)[:27]),
    _word("newrelic-key", "NR" + "JS-", HEX[:19]),
    _word("newrelic-key", HEX + "abcd", "NR" + "AL"),
    _word("sentry-token", "snt" + "rys_", LONG[:120] + "_" + LONG[:43]),
    _word("sentry-token", "snt" + "ryu_", HEX * 2),
    _word("dynatrace-token", "dt0" + "c01.", (UPPER * 2)[:24] + "." + UPPER * 4),
    _word("slack-token", "xo" + "xb-", "123456789012-" + LETTERS),
    _word("slack-token", "xo" + "xe.xoxp-1-", LONG[:150]),
    _word("slack-token", "xa" + "pp-1-", UPPER[:11] + "-1234567890123-" + HEX * 2),
    _word("discord-token", "mf" + "a.", LONG[:84]),
    _word("twilio-key", "S" + "K", HEX),
    _word("sendgrid-key", "S" + "G.", LETTERS[:22] + "." + LONG[:43]),
    _word("sendinblue-key", "xkey" + "sib-", HEX * 2 + "-" + LETTERS[:16]),
    _word("mailgun-key", "ke" + "y-", HEX),
    _word("mailchimp-key", HEX, "-u" + "s12"),
    _word("resend-key", "r" + "e_", LETTERS[:8] + "_" + LETTERS[:24]),
    _word("stripe-key", "sk" + "_live_", LETTERS),
    _word("stripe-key", "rk" + "_test_", LETTERS),
    _word("stripe-key", "wh" + "sec_", LETTERS),
    _word("square-token", "sq" + "0atp-", LETTERS[:22]),
    _word("square-token", "EA" + "AA", LONG[:60]),
    _word("facebook-token", "EA" + "AC", LONG[:120]),
    _word("shopify-token", "shp" + "at_", HEX),
    _word("easypost-key", "EZ" + "AK", LONG[:54]),
    _word("shippo-token", "shippo" + "_live_", HEX + HEX[:8]),
    _word("duffel-token", "duffel" + "_test_", LONG[:43]),
    _word("flutterwave-key", "FLW" + "SECK_TEST-", HEX + "-X"),
    _word("gocardless-token", "li" + "ve_", LONG[:40]),
    _word("razorpay-key", "rz" + "p_live_", LETTERS[:14]),
    _word("plaid-token", "access" + "-sandbox-", UUID),
    _word("linear-key", "lin" + "_api_", LONG[:40]),
    _word("notion-token", "nt" + "n_", "12345678901" + LONG[:35]),
    _word("notion-token", "sec" + "ret_", LONG[:43]),
    _word("airtable-token", "pa" + "t", LETTERS[:14] + "." + HEX * 2),
    _word("asana-token", "1" + "/", "1234567890123456:" + HEX),
    _word("dropbox-token", "s" + "l.", LONG[:140]),
    _word("figma-token", "fi" + "gd_", LONG[:40]),
    _word("contentful-token", "CF" + "PAT-", LONG[:43]),
    _word("typeform-token", "tf" + "p_", LONG[:59]),
    _word("frameio-token", "fi" + "o-u-", LONG[:64]),
    _word("adobe-secret", "p8" + "e-", LETTERS),
    _word("hubspot-token", "pat" + "-na1-", UUID),
    _word("intra42-secret", "s-s4" + "t2ud-", HEX * 2),
    _word("mapbox-token", "sk" + ".eyJ", LONG[:80] + "." + LETTERS[:22]),
    _word("yandex-key", "AQ" + "VN", LONG[:36]),
    _word("yandex-token", "t1." + "9eue", LETTERS[:20] + "." + LONG[:86]),
    _word("trello-token", "AT" + "TA", HEX * 2 + HEX[:8]),
)
"""Secrets that are recognised wherever they stand."""

_PEM = " PRIVATE" + " KEY"
IN_CONTEXT = (
    Example(
        "private-key",
        "",
        f"{DASHES}BEGIN RSA{_PEM}{DASHES}\n{LETTERS}+/=\n{LETTERS}\n{DASHES}END RSA{_PEM}{DASHES}",
        "",
    ),
    Example("private-key", "Private-" + "Lines: 2", f"\n{LETTERS}{LETTERS}\n{LETTERS}==", ""),
    Example("sidekiq-secret", "BUNDLE_GEMS__CONTRIBSYS__COM=", "0a1b2c3d:4e5f6071", ""),
    Example("aws-secret", "aws_secret_access_key = ", LETTERS + "/bcdefg+", ""),
    Example("aws-secret", '{"SecretAccessKey": "', LETTERS + "/bcdefg+", '"}'),
    Example("firebase-key", LETTERS[:11] + ":", "APA" + "91b" + LONG[:130], ""),
    Example("azure-key", "AccountName=shop;AccountKey=", LONG[:86] + "==", ";Endpoint=x"),
    Example("azure-sas", "https://x.blob.core.windows.net/a?sv=2020&sig=", LONG[:43] + "%3D", ""),
    Example(
        "slack-webhook", "https://hooks.slack.com/services/", "T0A1B2C3D/B0A1B2C3D/" + LETTERS, ""
    ),
    Example(
        "discord-webhook", "https://discord.com/api/webhooks/", "12345678901234567/" + LONG[:68], ""
    ),
    Example(
        "teams-webhook",
        "https://shop.webhook.office.com/webhookb2/",
        f"{UUID}@{UUID}/IncomingWebhook/{HEX}/{UUID}",
        "",
    ),
    Example("zapier-webhook", "https://hooks.zapier.com/hooks/catch/", "1234567/a1b2c3d", "/"),
    Example("telegram-token", "bot 1234567890:", "AA" + LONG[:33], ""),
    Example("bearer-token", "Authorization: Bearer ", LETTERS, ""),
    Example("bearer-token", "curl -H 'authorization: bearer ", LETTERS, "' x"),
    Example("authorization", "Authorization: Basic ", "c2hvcDpodW50ZXIy", ""),
    Example("password", "postgres://shop:", "hun" + "ter2", "@db.example:5432/shop"),
    Example("password", "redis://:", "hun" + "ter2", "@cache"),
    Example("secret", "MY_API_KEY=", "hun" + "ter2hunter2", ""),
    Example("secret", 'export DB_PASSWORD="', "hun" + "ter2hunter2", '"'),
    Example("secret", "SECRET_TOKEN='", "hun" + "ter2hunter2", "'"),
    Example("secret", "api_key: ", "hun" + "ter2hunter2", ""),
    Example("secret", "password: '", "hun" + "ter2hunter2", "'"),
    Example("secret", '{"DB_PASSWORD":"', "hun" + "ter2", '"}'),
    Example("secret", '{"apiKey" : "', HEX, '", "a": 1}'),
    Example("secret", "X-Api-Key: ", LETTERS, ""),
    Example("secret", "deploy --token ", LETTERS, " --now"),
    Example("secret", "deploy --password=", "correct" + "horse", " --now"),
    Example("secret", "token: str = '", LETTERS, "'"),
    Example("secret", "<password>", "hun" + "ter2hunter2", "</password>"),
    Example("secret", "const authToken = `", LETTERS, "`;"),
    Example("secret", "Server=db;Password=", "correct" + "horse", ";Encrypt=yes"),
    Example("secret", "https://x.example/?a=b&access_token=", LETTERS, "&c=d"),
    Example("service-key", "heroku_production: ", UUID, ""),
    Example("service-key", 'DATADOG_APP = "', HEX + HEX[:8], '"'),
)
"""Secrets that only what stands around them gives away."""

EXAMPLES = WORDS + IN_CONTEXT

IN_BASE64 = {"aws-bedrock-key", "square-token", "facebook-token", "yandex-key"}
"""Kinds whose prefixes come up by chance in base64, so not what stands behind "/" or "="."""
