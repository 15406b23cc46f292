"""boto3 streams with trailing checksums, uploads in parts by threads, and has its own presigner."""
import io
import json
import os
import urllib.error
import urllib.request

from boto3.s3.transfer import TransferConfig
from expecting import refused, same

BUCKET = "python-files"
MIB = 1024 * 1024


def check_buckets(clients):
    s3 = clients("s3")
    s3.create_bucket(Bucket=BUCKET)
    with refused("NoSuchBucket"):
        s3.list_objects_v2(Bucket="python-nowhere")
    s3.head_bucket(Bucket=BUCKET)
    assert BUCKET in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    same(s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"], None)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    same(s3.get_bucket_versioning(Bucket=BUCKET)["Status"], "Enabled")


def check_objects_ranges_and_conditions(clients):
    s3 = clients("s3")
    put = s3.put_object(Bucket=BUCKET, Key="a b/ü+.txt", Body=b"0123456789", ContentType="text/plain", Metadata={"who": "ada"})
    got = s3.get_object(Bucket=BUCKET, Key="a b/ü+.txt", Range="bytes=2-4")
    same((got["Body"].read(), got["ContentRange"], got["Metadata"]), (b"234", "bytes 2-4/10", {"who": "ada"}))
    head = s3.head_object(Bucket=BUCKET, Key="a b/ü+.txt", ChecksumMode="ENABLED")
    same((head["ETag"], head["ContentLength"], head["ContentType"]), (put["ETag"], 10, "text/plain"))
    with refused("304"):
        s3.get_object(Bucket=BUCKET, Key="a b/ü+.txt", IfNoneMatch=put["ETag"])
    with refused("PreconditionFailed"):
        s3.put_object(Bucket=BUCKET, Key="a b/ü+.txt", Body=b"", IfNoneMatch="*")
    with refused("InvalidRange"):
        s3.get_object(Bucket=BUCKET, Key="a b/ü+.txt", Range="bytes=10-")
    with refused("404"):
        s3.head_object(Bucket=BUCKET, Key="nothing")
    with refused("NoSuchKey"):
        s3.get_object(Bucket=BUCKET, Key="nothing")


def check_checksums_of_every_kind(clients):
    s3 = clients("s3")
    for algorithm in ["CRC32", "SHA1", "SHA256"]:
        s3.put_object(Bucket=BUCKET, Key=algorithm, Body=io.BytesIO(b"sum" * 1000), ChecksumAlgorithm=algorithm)
        got = s3.get_object(Bucket=BUCKET, Key=algorithm, ChecksumMode="ENABLED")
        same(len(got["Body"].read()), 3000)
        assert got["Checksum" + algorithm]
    with refused("BadDigest"):
        s3.put_object(Bucket=BUCKET, Key="wrong", Body=b"x", ChecksumSHA256="A" * 43 + "=")
    with refused("404"):
        s3.head_object(Bucket=BUCKET, Key="wrong")


def check_parts_by_threads(clients):
    s3 = clients("s3")
    body = os.urandom(12 * MIB + 17)
    parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=3)
    s3.upload_fileobj(io.BytesIO(body), BUCKET, "large", Config=parts)
    back = io.BytesIO()
    s3.download_fileobj(BUCKET, "large", back, Config=parts)
    assert back.getvalue() == body
    assert s3.head_object(Bucket=BUCKET, Key="large")["ETag"].endswith('-3"')
    said = s3.get_object_attributes(Bucket=BUCKET, Key="large", ObjectAttributes=["ObjectParts", "ObjectSize", "Checksum"])
    same((said["ObjectSize"], said["ObjectParts"]["TotalPartsCount"]), (len(body), 3))


def check_parts_by_hand(clients):
    s3 = clients("s3")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    same([one["UploadId"] for one in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]], [upload])
    one = s3.upload_part(Bucket=BUCKET, Key="parts", UploadId=upload, PartNumber=1, Body=b"a" * 5 * MIB)
    two = s3.upload_part_copy(
        Bucket=BUCKET, Key="parts", UploadId=upload, PartNumber=2, CopySource=f"{BUCKET}/large", CopySourceRange="bytes=0-9"
    )
    listed = s3.list_parts(Bucket=BUCKET, Key="parts", UploadId=upload)["Parts"]
    same([part["Size"] for part in listed], [5 * MIB, 10])
    with refused("InvalidPart"):
        s3.complete_multipart_upload(
            Bucket=BUCKET, Key="parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"00"'}]}
        )
    parts = [{"PartNumber": 1, "ETag": one["ETag"]}, {"PartNumber": 2, "ETag": two["CopyPartResult"]["ETag"]}]
    s3.complete_multipart_upload(Bucket=BUCKET, Key="parts", UploadId=upload, MultipartUpload={"Parts": parts})
    same(s3.head_object(Bucket=BUCKET, Key="parts")["ContentLength"], 5 * MIB + 10)
    other = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    s3.abort_multipart_upload(Bucket=BUCKET, Key="parts", UploadId=other)
    with refused("NoSuchUpload"):
        s3.list_parts(Bucket=BUCKET, Key="parts", UploadId=other)


def check_copies_tags_and_versions(clients):
    s3 = clients("s3")
    first = s3.put_object(Bucket=BUCKET, Key="v", Body=b"one", Tagging="colour=red")["VersionId"]
    s3.put_object(Bucket=BUCKET, Key="v", Body=b"two")
    copied = s3.copy_object(Bucket=BUCKET, Key="w", CopySource={"Bucket": BUCKET, "Key": "v", "VersionId": first})
    assert copied["CopyObjectResult"]["ETag"]
    same(s3.get_object(Bucket=BUCKET, Key="w")["Body"].read(), b"one")
    same(s3.get_object_tagging(Bucket=BUCKET, Key="w")["TagSet"], [{"Key": "colour", "Value": "red"}])
    s3.put_object_tagging(Bucket=BUCKET, Key="w", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_object_tagging(Bucket=BUCKET, Key="w")
    same(s3.get_object_tagging(Bucket=BUCKET, Key="w")["TagSet"], [])
    same(s3.delete_object(Bucket=BUCKET, Key="v")["DeleteMarker"], True)
    said = s3.list_object_versions(Bucket=BUCKET, Prefix="v")
    same((len(said["Versions"]), len(said["DeleteMarkers"])), (2, 1))
    same(s3.get_object(Bucket=BUCKET, Key="v", VersionId=first)["Body"].read(), b"one")


def check_listings(clients):
    s3 = clients("s3")
    for index in range(5):
        s3.put_object(Bucket=BUCKET, Key=f"list/{index}/é & <x>", Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="list/", PaginationConfig={"PageSize": 2})
    same([one["Key"] for page in pages for one in page["Contents"]], [f"list/{index}/é & <x>" for index in range(5)])
    said = s3.list_objects_v2(Bucket=BUCKET, Prefix="list/", Delimiter="/", MaxKeys=3)
    same([one["Prefix"] for one in said["CommonPrefixes"]], ["list/0/", "list/1/", "list/2/"])
    said = s3.list_objects(Bucket=BUCKET, Prefix="list/", Marker="list/2/é & <x>")
    same(len(said["Contents"]), 2)
    keys = [{"Key": f"list/{index}/é & <x>"} for index in range(5)]
    same(len(s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})["Deleted"]), 5)


def answer(request):
    try:
        with urllib.request.urlopen(request) as said:
            return said.status, said.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def check_presigned_urls_and_forms(clients):
    for style in ["path", "virtual"]:
        s3 = clients("s3", signature_version="s3v4", s3={"addressing_style": style})
        url = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "p", "ContentType": "text/plain"}, 60)
        url = local(clients, url)
        same(answer(request("PUT", url, b"hello", {"Content-Type": "text/plain"}))[0], 200)
        status, text = answer(request("PUT", url, b"hello", {"Content-Type": "text/html"}))
        assert (status, b"SignatureDoesNotMatch" in text) == (403, True), text
        url = local(clients, s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "p"}, 60))
        same(answer(request("GET", url)), (200, b"hello"))
    old = clients("s3").generate_presigned_post(BUCKET, "form")
    status, text = answer(posted(old, b"1"))
    assert (status, b"AWS4-HMAC-SHA256" in text) == (400, True), text
    form = clients("s3", signature_version="s3v4").generate_presigned_post(BUCKET, "form", Conditions=[["content-length-range", 1, 5]])
    same(answer(posted(form, b"12345"))[0], 204)
    status, text = answer(posted(form, b"123456"))
    assert (status, b"EntityTooLarge" in text) == (400, True), text


def local(clients, url):
    """A bucket's own host name is not in anybody's DNS: asked by address, with the name in the Host header."""
    parts = urllib.request.urlparse(url)
    return clients.endpoint + parts.path + "?" + parts.query, parts.netloc


def request(method, url, data=None, headers={}):
    return urllib.request.Request(url[0], method=method, data=data, headers={"Host": url[1], **headers})


def posted(form, data):
    edge = "edge"
    fields = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form["fields"].items())
    file = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    body = fields.encode() + file.encode() + data + f"\r\n--{edge}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    return urllib.request.Request(form["url"], method="POST", data=body, headers=kind)


def check_settings_of_buckets(clients):
    s3 = clients("s3")
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    same(s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"][0]["ID"], "r")
    cors = {"AllowedMethods": ["PUT"], "AllowedOrigins": ["http://localhost"]}
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [cors]})
    same(s3.get_bucket_cors(Bucket=BUCKET)["CORSRules"], [cors])
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    same(s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"], [{"Key": "a", "Value": "b"}])
    by_default = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=by_default)
    said = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
    same(said["ApplyServerSideEncryptionByDefault"], {"SSEAlgorithm": "AES256"})
    block = {name: True for name in ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]}
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    same(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"], block)
    owner = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=owner)
    same(s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"], owner)
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    with refused("AccessDenied"):
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": everyone}))
    deny = {**everyone, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "none"}}}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": deny}))
    assert "Deny" in s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}})
    same(s3.get_bucket_notification_configuration(Bucket=BUCKET)["EventBridgeConfiguration"], {})
    with refused("BucketNotEmpty"):
        s3.delete_bucket(Bucket=BUCKET)
