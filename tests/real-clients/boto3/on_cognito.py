"""Cognito user pools, an administrator's side and a user's."""
import base64
import json
import urllib.request

from expecting import refused, same

PASSWORD = "Passw0rd!long"


def made(clients):
    """A pool with one client; each check has its own."""
    cognito = clients("cognito-idp")
    pool = cognito.create_user_pool(PoolName="python", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)
    return cognito, pool, client["UserPoolClient"]["ClientId"]


def signed_in(cognito, client, name="ada", password=PASSWORD):
    said = cognito.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": password}
    )
    return said.get("AuthenticationResult") or said


def claims(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def with_ada(clients):
    cognito, pool, client = made(clients)
    email = [{"Name": "email", "Value": "ada@example.com"}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(UserPoolId=pool, Username="ada", UserAttributes=email, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
    return cognito, pool, client


def check_administrators(clients):
    cognito, pool, client = with_ada(clients)
    cognito.create_group(UserPoolId=pool, GroupName="agent")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="ada", GroupName="agent")
    same([one["GroupName"] for one in cognito.admin_list_groups_for_user(UserPoolId=pool, Username="ada")["Groups"]], ["agent"])
    same([one["Username"] for one in cognito.list_users_in_group(UserPoolId=pool, GroupName="agent")["Users"]], ["ada"])
    found = cognito.list_users(UserPoolId=pool, Filter='email = "ada@example.com"')["Users"]
    same([one["UserStatus"] for one in found], ["CONFIRMED"])
    tokens = signed_in(cognito, client)
    said = claims(tokens["IdToken"])
    same((said["cognito:groups"], said["aud"], said["token_use"]), (["agent"], client, "id"))
    cognito.admin_disable_user(UserPoolId=pool, Username="ada")
    with refused("NotAuthorizedException"):
        signed_in(cognito, client)
    cognito.admin_enable_user(UserPoolId=pool, Username="ada")
    with refused("NotAuthorizedException"):
        signed_in(cognito, client, password="Wrong0!pass")
    cognito.admin_delete_user(UserPoolId=pool, Username="ada")
    with refused("UserNotFoundException"):
        cognito.admin_get_user(UserPoolId=pool, Username="ada")


def check_first_passwords(clients):
    cognito, pool, client = made(clients)
    cognito.admin_create_user(UserPoolId=pool, Username="bob", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    said = signed_in(cognito, client, "bob")
    same(said["ChallengeName"], "NEW_PASSWORD_REQUIRED")
    answers = {"USERNAME": "bob", "NEW_PASSWORD": PASSWORD + "2"}
    told = cognito.respond_to_auth_challenge(
        ClientId=client, ChallengeName="NEW_PASSWORD_REQUIRED", Session=said["Session"], ChallengeResponses=answers
    )
    assert told["AuthenticationResult"]["AccessToken"]


def check_sign_up_and_passwords(clients):
    cognito, pool, client = made(clients)
    with refused("InvalidPasswordException"):
        cognito.sign_up(ClientId=client, Username="eve", Password="short1!")
    email = [{"Name": "email", "Value": "eve@example.com"}]
    said = cognito.sign_up(ClientId=client, Username="eve", Password=PASSWORD, UserAttributes=email)
    same(said["UserConfirmed"], False)
    with refused("UserNotConfirmedException"):
        signed_in(cognito, client, "eve")
    with refused("CodeMismatchException"):
        cognito.confirm_sign_up(ClientId=client, Username="eve", ConfirmationCode="000000")
    cognito.admin_confirm_sign_up(UserPoolId=pool, Username="eve")
    access = signed_in(cognito, client, "eve")["AccessToken"]
    cognito.change_password(AccessToken=access, PreviousPassword=PASSWORD, ProposedPassword=PASSWORD + "3")
    signed_in(cognito, client, "eve", PASSWORD + "3")
    with refused("UsernameExistsException"):
        cognito.sign_up(ClientId=client, Username="eve", Password=PASSWORD)


def check_refresh_and_revoke(clients):
    cognito, pool, client = with_ada(clients)
    tokens = signed_in(cognito, client)
    refresh = {"REFRESH_TOKEN": tokens["RefreshToken"]}
    again = cognito.initiate_auth(ClientId=client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=refresh)
    same(claims(again["AuthenticationResult"]["AccessToken"])["username"], "ada")
    same(cognito.get_user(AccessToken=tokens["AccessToken"])["Username"], "ada")
    cognito.revoke_token(ClientId=client, Token=tokens["RefreshToken"])
    with refused("NotAuthorizedException"):
        cognito.initiate_auth(ClientId=client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=refresh)
    with refused("NotAuthorizedException"):
        cognito.get_user(AccessToken=tokens["AccessToken"])
    other = signed_in(cognito, client)["AccessToken"]
    cognito.global_sign_out(AccessToken=other)
    with refused("NotAuthorizedException"):
        cognito.get_user(AccessToken=other)


def check_second_factors(clients):
    cognito, pool, client = with_ada(clients)
    access = signed_in(cognito, client)["AccessToken"]
    with refused("SoftwareTokenMFANotFoundException"):
        cognito.associate_software_token(AccessToken=access)
    enabled = {"Enabled": True}
    cognito.set_user_pool_mfa_config(UserPoolId=pool, SoftwareTokenMfaConfiguration=enabled, MfaConfiguration="OPTIONAL")
    assert len(cognito.associate_software_token(AccessToken=access)["SecretCode"]) >= 16
    with refused("EnableSoftwareTokenMFAException"):
        cognito.verify_software_token(AccessToken=access, UserCode="000000")


def check_keys_and_discovery(clients):
    cognito, pool, client = with_ada(clients)
    header = signed_in(cognito, client)["IdToken"].split(".")[0]
    kid = json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]
    read = lambda name: json.load(urllib.request.urlopen(f"{clients.endpoint}/{pool}/.well-known/{name}"))
    assert kid in [key["kid"] for key in read("jwks.json")["keys"]]
    assert read("openid-configuration")["issuer"].endswith("/" + pool)


def check_clients_and_pools(clients):
    cognito, pool, client = made(clients)
    same([one["ClientId"] for one in cognito.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]], [client])
    same(cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["Name"], "python")
    cognito.delete_user_pool_client(UserPoolId=pool, ClientId=client)
    cognito.delete_user_pool(UserPoolId=pool)
    with refused("ResourceNotFoundException"):
        cognito.describe_user_pool(UserPoolId=pool)
