# [DEF:superset.messages.errors:Module]
# @COMPLEXITY: 2
# @PURPOSE: English texts of errors: one clause per cause, and the next step as a sentence.

from __future__ import annotations

from collections.abc import Mapping

from apps.superset.messages.marking import gettext_noop as _

RUNS: Mapping[str, str] = {
    "plan_unsafe": _("the plan was refused: {reasons}"),
    "unsafe": "{reasons}",
    "both": "{both}",
    "plan_stale": _("the target is no longer as planned: {changes}"),
    "outcome_open": _(
        "an earlier request about {assets} got no response and may still be carried out: nothing else is sent before "
        "that is known"
    ),
    "undo_blocked": _("nothing was undone, because the target is not as the run left it: {changes}"),
    "removed": _("{asset} was removed"),
    "changed": _("{asset} was changed{by}{on}{unreadable}"),
    "changed.by": _(" by {who}"),
    "changed.on": _(" ({when})"),
    "changed.unreadable": _(", and can no longer be exported: {detail}"),
    "connection_failed": _("the target cannot connect with {asset}: {detail}"),
    "connection_secrets": _("{asset} cannot be created without its secrets ({secrets})"),
    "not_verified": _("{count} differences from the plan remain on the target: {differences}"),
    "not_verified.one": _("a difference from the plan remains on the target: {differences}"),
    "not_there": _("sent but not found on the target: {assets}"),
    "snapshot_lacks": _("the snapshot does not contain {asset}"),
    "no_such_dashboards": _("no dashboard {names} among the {count} there"),
    "nothing_to_migrate": _("there is no dashboard to migrate"),
    "not_importable": _("Superset's importer would refuse it: {problem}; it was not sent"),
    "not_in_export": _("its own export does not contain it"),
    "left_out_of_export": _("the export omits it, although it is in the list"),
    "old_snapshot": _("an earlier version of Lockstep stored it, which wrote references differently"),
    "not_tried": _("not tried, because too many exports had failed"),
}

CONNECTION: Mapping[str, str] = {
    "unreachable": _("{url} cannot be reached: {reason}"),
    "outcome_unknown": _("a change was sent and its outcome is not known: {reason}"),
    "connection_refused": _("the connection was refused"),
    "no_route_to_host": _("there is no route to the host"),
    "no_route_to_network": _("there is no route to the network"),
    "no_connection": _("no connection could be made"),
    "unknown_host": _("the name of the host is not known"),
    "connect_timeout": _("no connection within {seconds:g} s"),
    "no_tls": _("it does not speak TLS (is it http:// rather than https://?)"),
    "empty_ca_bundle": _("the CA bundle holds no certificate"),
    "old_tls": _("it speaks only versions of TLS that are no longer safe"),
    "untrusted_certificate": _("its certificate is not trusted ({reason})"),
    "tls_failed": _("TLS failed ({reason})"),
    "read_timeout": _("no response within {seconds:g} s"),
    "total_timeout": _("no complete response within {seconds:g} s"),
    "connection_lost": _("the connection was lost before the response was complete"),
    "unusable_address": _("the address is not one that HTTP can use"),
    "not_decompressible": _("the response cannot be decompressed"),
    "exchange_failed": _("the exchange failed ({reason})"),
    "exchange_ended": _("the exchange ended without a result"),
    "answer_too_large": _("the response is larger than {size:g} MiB"),
    "read_too_much": _("more than {size:g} MiB were read from it in all"),
    "not_awaited": _("the run was stopped and no longer waited for the response"),
    "held_up": _("it was held up before it left, and was not sent"),
    "no_ca_bundle": _("there is no CA bundle at {path}"),
}

ADDRESSES: Mapping[str, str] = {
    "address.credentials": _("an address must not contain a user name or a password"),
    "address.scheme": _("an address starts with http:// or https://"),
    "address.query": _("an address has no “?” and no “#”"),
    "address.characters": _("an address is one word without spaces, quotes or backslashes"),
    "address.unreadable": _("the host of the address cannot be read"),
    "address.port": _("the port of the address is not a number from 1 to 65535"),
    "address.no_host": _("the address names no host"),
    "address.port_0": _("port 0 cannot be reached"),
    "address.parent": _("the path of the address contains “..”"),
}

RESPONSES: Mapping[str, str] = {
    "token_expired": _("the access token has expired or was revoked"),
    "no_account_in_token": _("the access token does not say whose it is, and Superset {release} does not tell"),
    "password_refused": _("the user name or the password was refused"),
    "provider_refused": _("the server does not accept sign-ins of provider “{provider}”"),
    "no_sign_in": _("there is no Superset sign-in at {path} of this address (HTTP {status})"),
    "unexpected": _("{method} {path} did not return {wanted}"),
    "unexpected.html": _("{method} {path} returned an HTML page instead of {wanted}"),
    "wanted.zip": _("a ZIP"),
    "wanted.json": _("JSON"),
    "wanted.asset": _("an asset"),
    "wanted.account": _("an account"),
    "wanted.rows": _("a list of rows"),
    "wanted.access_token": _("an access token"),
    "wanted.csrf_token": _("a CSRF token"),
    "redirected": _("{method} {path} was redirected to {place}, and redirects are not followed"),
    "csrf_refused": _("the server refused the CSRF token of this session twice, and did not carry the request out"),
    "gateway": _("a proxy responded with {status} in the server's place"),
    "gateway.writing": _("a proxy responded with {status} in the server's place while a change was being written"),
    "server_failed": _("Superset failed with {status}"),
    "credentials_refused": _("the credentials or the token were refused"),
    "not_permitted": _("the account may not do this"),
    "not_found": _("not found, or not visible to the account"),
    "path_missing": _("{path} is not there"),
    "rate_limited": _("the server is limiting requests"),
    "rate_limited.writing": _("the server is limiting requests and did not carry this one out"),
    "too_large": _("the request is larger than the server or a proxy before it allows"),
    "no_json": _("{method} {path} returned {status} without JSON"),
    "request_refused": _("a request was refused with {status}"),
    "bundle_refused": _("the bundle was refused"),
    "change_refused": _("the change was refused"),
    "quoted": "{detail}: {said}",
    "fields": "{detail} ({fields})",
    "release_unsupported": _("Superset {version} is not supported (supported: {supported})"),
    "release_unknown": _("Superset of unknown version is not supported (supported: {supported})"),
    "no_release": _("neither {version_path} nor {login_path} of {url} states a release of Superset"),
    "list_changed": _("the list of {resource}s has {count} rows and gave {given}: it changes while it is read"),
    "list_too_long.rows": _(
        "the list of {resource}s is longer than Lockstep reads: it has {count:,} rows, more than {most:,}"
    ),
    "list_too_long.pages": _(
        "the list of {resource}s is longer than Lockstep reads: it takes more than {most:,} pages"
    ),
    "list_too_long.bytes": _(
        "the list of {resource}s is longer than Lockstep reads: it takes more than {most:,} bytes"
    ),
    "list_too_long.seconds": _(
        "the list of {resource}s is longer than Lockstep reads: it takes more than {most:,} seconds"
    ),
    "page_too_long": _("a page holds {rows} rows where {most} were requested"),
    "row_without_id": _("row {number} has no number as its id"),
    "row_malformed": _("row {number} (id {id}) {problem}"),
    "answers_later": _("it runs queries asynchronously"),
}

FAULTS: Mapping[str, str] = {
    "fault.not_owner": _("the account may not overwrite what is there: it is neither its owner nor an administrator"),
    "fault.assets": _(
        "Superset refused the bundle and gives no cause: a field or YAML that it does not accept, a missing password, "
        "a dangling reference, or something that the account may not overwrite"
    ),
    "fault.unknown": _(
        "the import failed and Superset gives no cause: most often the bundle lacks a dataset, a chart or a "
        "connection that it refers to, or names a chart that is not in the layout"
    ),
    "fault.no_zip": _("the file is not a ZIP with a metadata.yaml of version 1.0.0 under one root folder"),
    "fault.empty": _("the ZIP is empty"),
    "fault.yaml": _("a file in the bundle is not valid YAML"),
    "fault.no_driver": _("the server has no driver for a database of the bundle"),
}

NEXT_STEPS: Mapping[str, str] = {
    "unreachable": _("Check the address and that the server is up, then try again."),
    "rate_limited": _("Wait a minute and try again."),
    "wait": _("Wait {seconds} s and try again."),
    "credentials": _("Check the user name, the password and the provider of this environment."),
    "provider.db": _("This server checks passwords in its own database: set the provider to db."),
    "provider.ldap": _("This server checks passwords in a directory: set the provider to ldap."),
    "provider.oauth": _("This server signs people in by OAuth, without passwords: use an access token or an API key."),
    "provider.proxy": _("A proxy signs people in to this server: use an access token or an API key."),
    "permission": _("Give the account of this environment the permission, or use one that has it."),
    "not_found": _("Check the id, UUID or slug, and that the account can see it."),
    "not_found_but": _("Did you mean {names}? Otherwise check the id, UUID or slug, and that the account can see it."),
    "server_log": _("See Superset's own log for the cause."),
    "look_first": _("Look at what was written before going on."),
    "plan_again": _("Plan again and review the new plan."),
    "plan": _("Plan again."),
    "plan_after_undo": _("Plan again; what that version applied it can also undo."),
    "roll_back": _("Roll back, or find out who changed the target and plan again."),
    "nothing_changed": _("Nothing was changed."),
    "other_uuid": _("Open it in Superset: its UUID there is another one, or it is broken."),
    "ca_bundle": _("Provide the CA bundle that signed the certificate; the check cannot be switched off."),
    "ca_bundle_path": _("Check the path of the CA bundle."),
    "address_example": _("Write it like https://superset.example.com or https://example.com/superset."),
    "address_separately": _("Give them separately."),
    "new_token": _("Create a new access token and store it for this environment."),
    "own_token": _("Use a token from /api/v1/security/login of this Superset, or a user name and password."),
    "not_superset": _("Check the address: it is not a Superset, or a proxy responds in its place."),
    "moved": _("Register it with the address {address}, if that is this Superset."),
    "redirected": _(
        "Use the address it leads to if that is this Superset; if it is a sign-in page, let the API bypass it."
    ),
    "csrf": _("Check that the session cookie reaches the server: use its https address, and check proxies between."),
    "too_large": _("Raise the limit of the proxy or the server, or send fewer dashboards at once."),
    "fields": _("Correct the fields that are named."),
    "server_words": _("See what the server said."),
    "supported_release": _("Use a supported release on both sides."),
    "check_address": _("Check that this is the address of a Superset and that these two are not blocked."),
    "list_changed": _("Try again while nobody creates or deletes any."),
    "between": _("Superset's API never responds like this: check what is between Lockstep and the server."),
    "fault.not_owner": _("Make the account an owner of it, or use an administrator's."),
    "fault.assets": _("See Superset's own log for the cause."),
    "fault.unknown": _("Look for dangling references in the bundle, and in Superset's own log."),
    "fault.no_zip": _("Export the bundle again."),
    "fault.empty": _("Export the bundle again."),
    "fault.yaml": _("Correct the YAML of the bundle."),
    "fault.no_driver": _("Install the driver there, or map the database to a connection that the server has."),
}

DETAILS = {**RUNS, **CONNECTION, **ADDRESSES, **RESPONSES, **FAULTS}

TEMPLATES = {
    **{f"error.{key}": text for key, text in DETAILS.items()},
    **{f"next.{key}": text for key, text in NEXT_STEPS.items()},
}
