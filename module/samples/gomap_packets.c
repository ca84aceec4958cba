// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sample of the exported API: packets per IPv4 source address.
 *
 * The hook counts in softirq context, on all CPUs at once, into a map that has
 * as many entries as there are sources. /proc/gomap_packets walks the map, one
 * line a source, while the hook goes on counting:
 *
 *	# insmod gomap.ko; insmod gomap_packets.ko; ping -c 3 127.0.0.1
 *	# cat /proc/gomap_packets
 *	127.0.0.1 6
 */
#include <linux/err.h>
#include <linux/gomap.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/netfilter_ipv4.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <net/net_namespace.h>

/* What a scan delivers of a map with such keys and values. */
struct source {
	__be32 address;
	u64 packets;
} __packed;

static struct gomap *packets;

static unsigned int count_packet(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	/* Without memory for a new source its packet isn't counted. */
	gomap_fetch_add(packets, &ip_hdr(skb)->saddr, sizeof(__be32), 1, NULL,
			0, GFP_ATOMIC);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hook = {
	.hook = count_packet,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_PRE_ROUTING,
	.priority = NF_IP_PRI_FIRST,
};

static int show_packets(struct seq_file *seq, void *v)
{
	struct source sources[32];
	struct gomap_scan scan = {
		.buffer = sources,
		.size = sizeof(sources),
	};
	u32 i;

	while (!scan.done) {
		gomap_scan(packets, &scan);
		for (i = 0; i < scan.count; i++)
			seq_printf(seq, "%pI4 %llu\n", &sources[i].address,
				   sources[i].packets);
	}
	return 0;
}

static int __init gomap_packets_init(void)
{
	static const struct gomap_params params = {
		.key_size = sizeof(__be32),
		.value_size = sizeof(u64),
		/* Senders choose their addresses: don't let them fill memory. */
		.max_entries = 1 << 20,
	};
	int ret;

	packets = gomap_create(&params);
	if (IS_ERR(packets))
		return PTR_ERR(packets);
	ret = nf_register_net_hook(&init_net, &hook);
	if (ret)
		goto err_destroy;
	if (!proc_create_single("gomap_packets", 0400, NULL, show_packets)) {
		ret = -ENOMEM;
		goto err_unregister_hook;
	}
	return 0;

err_unregister_hook:
	nf_unregister_net_hook(&init_net, &hook);
err_destroy:
	gomap_destroy(packets);
	return ret;
}

/* Unregistering waits for hooks that run: then nobody uses the map. */
static void __exit gomap_packets_exit(void)
{
	remove_proc_entry("gomap_packets", NULL);
	nf_unregister_net_hook(&init_net, &hook);
	synchronize_net();
	gomap_destroy(packets);
}

module_init(gomap_packets_init);
module_exit(gomap_packets_exit);

MODULE_DESCRIPTION("Packets per IPv4 source, a sample of gomap's API");
MODULE_AUTHOR("The gomap developers");
MODULE_LICENSE("GPL");
