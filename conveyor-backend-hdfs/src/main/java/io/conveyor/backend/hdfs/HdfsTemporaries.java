package io.conveyor.backend.hdfs;

import io.conveyor.ConflictException;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.XAttrSetFlag;
import org.apache.hadoop.fs.permission.AclEntry;
import org.apache.hadoop.fs.permission.AclUtil;
import org.apache.hadoop.fs.permission.FsAction;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * Files of ours that are to take the place of another one in its directory: made with its attributes, renamed over it in one step, or
 * deleted. What a crash leaves lies there under a name that {@link HdfsPaths#isTemporary} knows.
 */
final class HdfsTemporaries {

    /** Of what has not its final permissions yet: nobody may read more than before. */
    private static final FsPermission WRITERS_OWN = new FsPermission((short) 0600);

    private final HdfsContext hdfs;

    HdfsTemporaries(HdfsContext hdfs) {
        this.hdfs = hdfs;
    }

    /**
     * Creates an empty file, replicated also where the directory asks for erasure coding: what is spread in stripes can be neither flushed nor
     * appended to.
     *
     * @param like whose replication, block size and storage policy to take; nobody but its owner may read the file until {@link #keepAttributes}
     *     or {@link #openUp}. Or null for the options' own
     */
    FSDataOutputStream create(Path path, @Nullable FileStatus like) throws IOException {
        DistributedFileSystem client = hdfs.client();
        var builder = client.createFile(path)
                .overwrite(false)
                .recursive()
                .replicate()
                .syncBlock()
                .bufferSize(hdfs.options().bufferSize());
        if (like != null) {
            builder.permission(WRITERS_OWN);
        }
        if (like != null && like.getReplication() > 0) {
            builder.blockSize(like.getBlockSize());
            builder.storagePolicyName(client.getStoragePolicy(like.getPath()).getName());
        }
        if (like != null && like.getReplication() > 0 && !like.isErasureCoded()) {
            // A striped file says that it has one replica of each block.
            builder.replication(like.getReplication());
        }
        return hdfs.connection().asUser(as -> builder.build());
    }

    /**
     * The same for a file that nobody else knows of: what may have been made although this throws is discarded. Where the namenode has refused
     * there is nothing to discard, and nothing is owed.
     */
    FSDataOutputStream createOrDiscard(Path path, @Nullable FileStatus like) throws IOException {
        try {
            return create(path, like);
        } catch (IOException e) {
            if (!HdfsErrors.isAnswer(e)) {
                discard(path);
            }
            throw e;
        }
    }

    /** Gives a file that was made like another one the permissions of any new one. */
    void openUp(Path path) throws IOException {
        DistributedFileSystem client = hdfs.client();
        FsPermission umask = FsPermission.getUMask(client.getConf());
        client.setPermission(path, FsPermission.getFileDefault().applyUMask(umask));
    }

    /**
     * Gives {@code to} the owner, group, permissions, access control list and extended attributes of {@code from}. The permissions come last:
     * with those of a file that is only read its owner may not give it extended attributes any more.
     *
     * @throws IOException if one of them cannot be kept; nothing is changed quietly
     */
    void keepAttributes(FileStatus from, Path to) throws IOException {
        DistributedFileSystem client = hdfs.client();
        FileStatus made = client.getFileStatus(to);
        if (!made.getPermission().getUserAction().implies(FsAction.WRITE)) {
            // an earlier try has come as far as the permissions
            client.setPermission(to, WRITERS_OWN);
        }
        keepXAttrs(client, from.getPath(), to);
        boolean owner = !from.getOwner().equals(made.getOwner());
        boolean group = !from.getGroup().equals(made.getGroup());
        if (owner || group) {
            client.setOwner(to, owner ? from.getOwner() : null, group ? from.getGroup() : null);
        }
        keepAcl(client, from, made);
    }

    private static void keepAcl(DistributedFileSystem client, FileStatus from, FileStatus made) throws IOException {
        if (made.hasAcl() && !from.hasAcl()) {
            client.removeAcl(made.getPath());
        }
        client.setPermission(made.getPath(), from.getPermission());
        if (from.hasAcl()) {
            List<AclEntry> entries = client.getAclStatus(from.getPath()).getEntries();
            client.setAcl(made.getPath(), AclUtil.getAclFromPermAndEntries(from.getPermission(), entries));
        }
    }

    private static void keepXAttrs(DistributedFileSystem client, Path from, Path to) throws IOException {
        for (Map.Entry<String, byte[]> attribute : client.getXAttrs(from).entrySet()) {
            byte[] value = attribute.getValue();
            client.setXAttr(
                    to,
                    attribute.getKey(),
                    value == null ? new byte[0] : value,
                    EnumSet.of(XAttrSetFlag.CREATE, XAttrSetFlag.REPLACE));
        }
    }

    /**
     * Puts {@code from} in the place of {@code target}, in one step. If the answer does not come, asks whose file lies there now.
     *
     * @param fileId of {@code from}
     */
    void rename(Path from, long fileId, Path target, Rename how) throws IOException {
        try {
            hdfs.client().rename(from, target, how);
        } catch (IOException e) {
            if (!isThere(target, fileId, e)) {
                throw e;
            }
        }
    }

    private boolean isThere(Path target, long fileId, IOException why) {
        try {
            return isAt(target, fileId);
        } catch (IOException e) {
            why.addSuppressed(e);
            return false;
        }
    }

    /** Whether that very file lies at that path. */
    boolean isAt(Path path, long fileId) throws IOException {
        try {
            return HdfsContext.fileId(hdfs.client().getFileStatus(path)) == fileId;
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e)) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Fails if the file is not the one that we know, has another length, or is being written by somebody.
     *
     * @return its status
     */
    FileStatus requireUnchanged(Path path, String key, long fileId, long length) throws IOException {
        FileStatus now;
        try {
            now = hdfs.client().getFileStatus(path);
        } catch (IOException e) {
            if (HdfsErrors.saysNoSuchFile(e)) {
                throw new ConflictException(key, "somebody deleted it", false, e);
            }
            throw e;
        }
        if (HdfsContext.fileId(now) != fileId) {
            throw new ConflictException(
                    key, "somebody replaced it: file id " + HdfsContext.fileId(now) + " instead of " + fileId);
        }
        if (now.getLen() != length) {
            throw new ConflictException(
                    key, "somebody changed its length: " + now.getLen() + " instead of " + length + " bytes");
        }
        requireClosed(path, key);
        return now;
    }

    /** Fails if somebody is writing to the file. */
    void requireClosed(Path path, String key) throws IOException {
        if (!hdfs.client().isFileClosed(path)) {
            throw new ConflictException(key, "somebody is writing to it");
        }
    }

    /** Deletes a temporary file; never throws, as it runs when something else has failed. */
    void discard(Path path) {
        try {
            hdfs.client().delete(path, false);
        } catch (IOException ignored) {
            // found later by its name, when nobody has its lease
            hdfs.lease().holders().owe(path);
        }
    }
}
