// Secrets, certificates and keys from files.
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tools/common/draft.hpp"

using ike::Result;

namespace {

constexpr std::size_t largest_file = 1 << 20;

/// A file of secrets or certificates; its octets are wiped when dropped.
Result<ike::SecretBytes> read_file(const std::string& name, const std::string& folder,
                                   const std::string& where) {
    const auto path = std::filesystem::path{folder} / name;  // an absolute name stays
    std::ifstream in{path, std::ios::binary};
    const auto refuse = [&](std::string_view why) {
        return ike::failure(fmt::format("{}: {}: {}", where, path.string(), why),
                            "check the file's name and who may read it");
    };
    if (!in) return refuse(std::strerror(errno));
    // Read at once: it may be a pipe, of which nobody knows the size.
    ike::SecretBytes octets(largest_file + 1);
    in.read(reinterpret_cast<char*>(octets.mutable_view().data()),
            static_cast<std::streamsize>(octets.size()));
    if (in.bad()) return refuse(std::filesystem::is_directory(path) ? "is a folder" : "cannot be read");
    const auto size = static_cast<std::size_t>(in.gcount());
    if (size > largest_file) return refuse("larger than 1 MiB");
    return octets.slice(0, size);
}

std::string_view text_of(const ike::SecretBytes& octets) {
    return {reinterpret_cast<const char*>(octets.view().data()), octets.size()};
}

Result<std::vector<ike::crypto::Certificate>> read_certificates(
    const Setting<std::vector<std::string>>& files, const std::string& folder) {
    std::vector<ike::crypto::Certificate> all;
    for (const auto& name : files.value) {
        const auto octets = read_file(name, folder, files.where);
        if (!octets) return std::unexpected{octets.error()};
        auto found = ike::crypto::Certificate::from_pem(text_of(*octets));
        if (!found) {
            auto der = ike::crypto::Certificate::from_der(octets->view());
            if (!der)
                return ike::failure(fmt::format("{}: {}: {}", files.where, name, found.error().what),
                                    "give certificates in PEM or DER");
            all.push_back(std::move(*der));
            continue;
        }
        if (found->empty())
            return ike::failure(fmt::format("{}: {}: holds no certificate", files.where, name),
                                "give certificates in PEM or DER");
        all.insert(all.end(), found->begin(), found->end());
    }
    return all;
}

Result<std::vector<ike::crypto::RevocationList>> read_lists(const Setting<std::vector<std::string>>& files,
                                                            const std::string& folder) {
    std::vector<ike::crypto::RevocationList> all;
    for (const auto& name : files.value) {
        const auto octets = read_file(name, folder, files.where);
        if (!octets) return std::unexpected{octets.error()};
        auto found = ike::crypto::RevocationList::from_pem(text_of(*octets));
        if (!found) {
            auto der = ike::crypto::RevocationList::from_der(octets->view());
            if (!der)
                return ike::failure(fmt::format("{}: {}: {}", files.where, name, found.error().what),
                                    "give revocation lists in PEM or DER");
            all.push_back(std::move(*der));
            continue;
        }
        all.insert(all.end(), found->begin(), found->end());
    }
    return all;
}

/// Which certificates count as revoked.
Result<bool> read_revocation(const Draft& draft, ike::RemoteCredentials& remote) {
    if (draft.crl) {
        auto lists = read_lists(*draft.crl, draft.folder);
        if (!lists) return std::unexpected{lists.error()};
        remote.revoked = std::move(*lists);
    }
    if (!draft.revocation) return true;
    const auto& word = draft.revocation->value;
    if (word != "if-known" && word != "required")
        return ike::failure(
            fmt::format("{}: \"{}\" is neither if-known nor required", draft.revocation->where, word));
    remote.revocation =
        word == "required" ? ike::crypto::Revocation::required : ike::crypto::Revocation::if_known;
    return true;
}

Result<bool> read_signature(const Draft& draft, ike::LocalCredentials& local) {
    if (!draft.signature) return true;
    using ike::crypto::SignatureWish;
    for (const auto& [word, wish] :
         {std::pair{"best", SignatureWish::best}, std::pair{"rsa-pss", SignatureWish::pss},
          std::pair{"rsa-pkcs1", SignatureWish::pkcs1}, std::pair{"classic", SignatureWish::classic}}) {
        if (draft.signature->value != word) continue;
        local.signature = wish;
        return true;
    }
    return ike::failure(fmt::format("{}: \"{}\" is none of best, rsa-pss, rsa-pkcs1 and classic",
                                    draft.signature->where, draft.signature->value));
}

/// The shared secret, from whichever key gives it; empty: none.
Result<ike::SecretBytes> read_psk(const Draft& draft) {
    const int given = draft.psk.has_value() + draft.psk_hex.has_value() + draft.psk_file.has_value();
    if (given > 1)
        return ike::failure("psk, psk_hex and psk_file: more than one is given", "give one of them");
    if (draft.psk) return ike::SecretBytes{ike::to_bytes(draft.psk->value)};
    if (draft.psk_hex) {
        const auto octets = ike::from_hex(draft.psk_hex->value);
        if (!octets) return ike::failure(draft.psk_hex->where + ": not hexadecimal octets");
        return ike::SecretBytes{*octets};
    }
    return draft.psk_file ? read_secret(*draft.psk_file, draft.folder) : ike::SecretBytes{};
}

Result<bool> read_own_certificate(const Draft& draft, ike::LocalCredentials& local) {
    if (!draft.certificates && !draft.key) return true;
    if (!draft.certificates || !draft.key) {
        return ike::failure(
            draft.key ? "a private key without its certificate" : "a certificate without its private key",
            "give both: --cert and --key, or certificates: and key: in the profile");
    }
    auto chain = read_certificates(*draft.certificates, draft.folder);
    if (!chain) return std::unexpected{chain.error()};
    const auto octets = read_file(draft.key->value, draft.folder, draft.key->where);
    if (!octets) return std::unexpected{octets.error()};
    auto key = ike::crypto::PrivateKey::from_pem(text_of(*octets));
    if (!key)
        return ike::failure(fmt::format("{}: {}: {}", draft.key->where, draft.key->value, key.error().what),
                            key.error().advice);
    if (!key->matches(chain->front())) {
        return ike::failure(fmt::format("{}: {}: is not the key of {}", draft.key->where, draft.key->value,
                                        chain->front().subject()),
                            "the first certificate must be our own; those of its issuers follow");
    }
    local.chain = std::move(*chain);
    local.private_key = std::move(*key);
    return true;
}

/// Without `id`, a certificate says who we are: its first alternative name, or else its subject.
Result<bool> name_ourselves(const Draft& draft, Profile& profile, const ike::LocalCredentials& local) {
    if (draft.id) return true;
    if (draft.eap.identity) {
        profile.peer.local_id = ike::eap::identity_of(draft.eap.identity->value);
        return true;
    }
    if (local.chain.empty())
        return ike::failure("no identity of ours is given",
                            "say who we are with --id, as client.example or user@example");
    for (const auto& name : local.chain.front().alternative_names()) {
        for (const auto& [prefix, kind] : {std::pair{"dns:", "fqdn:"}, std::pair{"email:", "email:"}}) {
            if (!name.starts_with(prefix)) continue;
            auto id = ike::Identity::parse(kind + name.substr(std::strlen(prefix)));
            if (!id) continue;
            profile.peer.local_id = std::move(*id);
            return true;
        }
    }
    auto id = ike::Identity::parse(local.chain.front().subject());
    if (!id)
        return ike::failure("our certificate has no name to go by: " + id.error().what,
                            "say who we are with --id");
    profile.peer.local_id = std::move(*id);
    return true;
}

}  // namespace

Result<ike::SecretBytes> read_secret(const Setting<std::string>& file, const std::string& folder) {
    auto octets = read_file(file.value, folder, file.where);
    if (!octets) return std::unexpected{octets.error()};
    auto text = text_of(*octets);
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (text.empty())
        return ike::failure(fmt::format("{}: {}: is empty", file.where, file.value),
                            "put the secret into it");
    return octets->slice(0, text.size());
}

Result<bool> read_credentials(const Draft& draft, Profile& profile) {
    auto local = std::make_shared<ike::LocalCredentials>();
    auto remote = std::make_shared<ike::RemoteCredentials>();
    auto psk = read_psk(draft);
    if (!psk) return std::unexpected{psk.error()};
    if (const auto read = read_own_certificate(draft, *local); !read) return read;
    if (const auto read = read_signature(draft, *local); !read) return read;
    if (const auto read = read_revocation(draft, *remote); !read) return read;
    if (draft.ca) {
        auto trusted = read_certificates(*draft.ca, draft.folder);
        if (!trusted) return std::unexpected{trusted.error()};
        remote->trusted = std::move(*trusted);
    }
    local->null_authentication = draft.null_authentication && draft.null_authentication->value;
    remote->accept_null = draft.accept_null && draft.accept_null->value;
    const bool by_eap = draft.eap.is_client() || draft.eap.is_server();
    if (psk->empty() && local->chain.empty() && !local->null_authentication && !by_eap)
        return ike::failure("no credentials are given",
                            "give --psk-file, or --cert, --key and --ca, or a profile with --peer");
    if (psk->empty() && remote->trusted.empty() && !remote->accept_null && !by_eap)
        return ike::failure("nothing to check the peer's certificate against",
                            "give the certificate of its CA with --ca");
    remote->psk = psk->clone();
    local->psk = std::move(*psk);
    if (const auto named = name_ourselves(draft, profile, *local); !named) return named;
    profile.peer.local = std::move(local);
    profile.peer.remote = std::move(remote);
    return true;
}
